"""Why a download failed, in a few words: requests wraps many exceptions around the cause."""


def reason_of(error: BaseException) -> str:
    """Return in a few words why a download failed."""
    response = getattr(error, "response", None)
    if response is not None and response.status_code >= 400:
        return f"HTTP status {response.status_code}"
    # requests wraps urllib3's exceptions, which wrap the system's. The innermost is the clearest.
    while (inner := _wrapped(error)) is not None:
        error = inner
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    # It may quote what the server sent, which may be long and contain anything.
    printable = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(printable.split())[:300]


def _wrapped(error: BaseException) -> BaseException | None:
    return error.__cause__ if error.__suppress_context__ else error.__context__
