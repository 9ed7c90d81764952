"""What the OpenAPI schema says besides what the views and serializers say themselves.

A client has to know every answer that it may get, the refusals too.
https://drf-spectacular.readthedocs.io/en/latest/customization.html
"""

from library.api.errors import PROBLEM_JSON, problem, title_of

# Status, and the sentence of the example.
REFUSALS = {
    400: "The request is not valid: see `errors`.",
    401: "Authentication credentials were not provided.",
    403: "You do not have permission to perform this action.",
    404: "No Book matches the given query.",
    406: "Could not satisfy the request Accept header.",
    409: "The book is out. Try again when it is back.",
    412: "It has been changed since you have read it. Read it again, and repeat your change.",
    413: "The body of the request is too large.",
    415: 'Unsupported media type "text/plain" in request.',
    429: "Request was throttled. Expected available in 12 seconds.",
    500: "Something went wrong on our side. It has been logged.",
}
PROBLEM_SCHEMA = {
    "type": "object",
    "description": "An error, as RFC 9457 describes it.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "description": "`about:blank`: the status says it all."},
        "title": {"type": "string", "description": "The name of the status."},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong, in a sentence."},
        "errors": {
            "type": "object",
            "description": "What is wrong with each field or parameter.",
            "additionalProperties": {},
        },
    },
}
TEXT = {"type": "string"}
ETAG = {"description": "Changes whenever the answer does.", "schema": TEXT}


# An example of each field that is sent.
EXAMPLES = {
    "authors": ["http://localhost:8000/api/v1/authors/1/"],
    "book": "http://localhost:8000/api/v1/books/1/",
    "isbn": "978-0-13-468599-1",
    "name": "Robert C. Martin",
    "password": "correct horse battery staple",
    "publication_date": "2017-09-20",
    "rating": 5,
    "subtitle": "A Craftsman's Guide to Software Structure and Design",
    "text": "Clear, and it holds up.",
    "title": "Clean Architecture",
    "username": "ada",
}


def describe_field(name, schema):
    """Write into the `schema` of the field `name` that is sent what the serializer did not say."""
    if name in EXAMPLES:
        schema["example"] = EXAMPLES[name]
    if schema.get("format") == "isbn":
        # Hyphens and blanks come on top of the 13 digits.
        schema.pop("maxLength", None)
    elif schema.get("type") == "string" and "format" not in schema:
        # No null byte and, where it must not be blank, something to be seen.
        schema["pattern"] = r"^[^\x00]*\S[^\x00]*$" if "minLength" in schema else r"^[^\x00]*$"


def refusals_of(method, path, operation):
    """Return the statuses with which `method` at `path` may be refused."""
    statuses = {400, 401, 406, 429, 500}
    if "{" in path or method == "get":
        statuses.add(404)
    if "requestBody" in operation:
        statuses |= {413, 415}
    if method in ("put", "patch", "delete") and "{" in path:
        statuses |= {403, 412}
    if method == "post" and "token" not in path:
        statuses.add(403)
    if path.endswith(("/borrow/", "/return/")) or (method == "delete" and "/books/" in path):
        statuses.add(409)
    if method in ("post", "put", "patch") and "/reviews/" in path:
        statuses.add(409)
    return statuses


def response_for(status):
    """Return the description of the refusal with the number `status`."""
    members = {"errors": {"title": ["This field is required."]}} if status == 400 else {}
    example = problem(status, REFUSALS[status], **members)
    content = {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example}
    response = {"description": title_of(status), "content": {PROBLEM_JSON: content}}
    if status == 429:
        seconds = {"description": "When to try again, in seconds.", "schema": {"type": "integer"}}
        response["headers"] = {"Retry-After": seconds}
    return response


def header(name, description):
    """Return the description of a request's header that may be left out."""
    return {"name": name, "in": "header", "description": description, "schema": TEXT}


def document_operation(method, path, operation):
    """Write into `operation` its refusals, its headers and who may go without signing in."""
    refusals = refusals_of(method, path, operation)
    responses, parameters = operation["responses"], operation.pop("parameters", [])
    for parameter in parameters:
        is_asked = parameter["in"] == "query" and parameter["name"] != "cursor"
        if is_asked and "default" not in parameter["schema"]:
            # The form of the browsable API sends empty what is not asked for.
            parameter["allowEmptyValue"] = True
            if parameter["schema"] == TEXT:
                parameter["schema"] = TEXT | {"pattern": r"^[^\x00]*$"}
    if method == "get":
        responses["200"]["headers"] = {"ETag": ETAG}
        responses["304"] = {"description": "Not Modified", "headers": {"ETag": ETAG}}
        parameters.append(header("If-None-Match", "The ETag of the answer one has."))
    elif 412 in refusals:
        parameters.append(header("If-Match", "The ETag of what is to be changed."))
    if "201" in responses:
        location = {"description": "Where it is.", "schema": TEXT | {"format": "uri"}}
        responses["201"]["headers"] = {"Location": location}
    for status in refusals:
        responses[str(status)] = {"$ref": f"#/components/responses/Problem{status}"}
    if (method == "get" and "/loans/" not in path) or (method == "post" and "/token/" in path):
        operation["security"] = [way for way in operation["security"] if way] + [{}]
    operation["responses"] = dict(sorted(responses.items()))
    operation["parameters"] = parameters


def document_answers(result, generator, request, public):
    """Return the schema `result` with all of that written into it, for drf-spectacular."""
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            document_operation(method, path, operation)
    components = result["components"]
    for name, schema in components["schemas"].items():
        if name.endswith("Request"):
            for field, field_schema in schema["properties"].items():
                describe_field(field, field_schema)
    components["schemas"]["Problem"] = PROBLEM_SCHEMA
    components["responses"] = {f"Problem{status}": response_for(status) for status in REFUSALS}
    return result
