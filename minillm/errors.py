"""The error that a user sees: one line that says what is wrong and what to do next."""


class InputError(ValueError):
    """The user's input is at fault: a parameter, a file or the data in it.

    The message names the thing, its value, what is allowed and the next step. Stages print it as one
    line, without a traceback; everything else that is raised is a bug of ours and keeps its traceback.
    """


def shown(value: object, most: int = 60) -> str:
    """A value of the user's for a message: in one line, control characters escaped, shortened."""
    shown = repr(value)
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"
