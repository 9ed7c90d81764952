"""The checks of the assignment, a module for each step."""


class Fault(AssertionError):  # noqa: N818
    """The project has a fault of faults.py: the name of the fault, and what was found."""

    def __init__(self, name, found):
        super().__init__(found)
        self.name = name


def describe(response):
    """Return a response in words: the request, the status code and, from the API, the reason."""
    request = response.wsgi_request
    words = f"the response to {request.method} {request.path} is {response.status_code}"
    if response.status_code < 400 or not response.get("Content-Type", "").endswith("json"):
        return words
    data = response.json()
    why = data.get("errors") or data.get("detail", data) if isinstance(data, dict) else data
    return f"{words}: {str(why)[:200]}"
