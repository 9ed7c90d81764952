from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class BoundedJSONParser(JSONParser):
    """JSON, of which too many levels are the client's error."""

    def parse(self, stream, media_type=None, parser_context=None):
        """Return the parsed body; raise ParseError where it is no JSON or too deep."""
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise ParseError("JSON parse error - nested too deeply.") from None
