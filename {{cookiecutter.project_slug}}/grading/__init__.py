"""The checks of the assignment: what is expected of each step, and how it is found out."""


class Fault(AssertionError):  # noqa: N818
    """The project itself has a fault of faults.py: its name, and what was found."""

    def __init__(self, name, found):
        super().__init__(found)
        self.name = name


def answer(response):
    """Return in words how a request was answered: status, address and, from the API, why."""
    request = response.wsgi_request
    words = f"{request.method} {request.path} is answered by {response.status_code}"
    if response.status_code < 400 or not response.get("Content-Type", "").endswith("json"):
        return words
    data = response.json()
    why = data.get("errors") or data.get("detail", data) if isinstance(data, dict) else data
    return f"{words}: {str(why)[:200]}"
