"""Text that people write: one form of it, and nothing that breaks a line, a header or a list."""

import unicodedata

CONTROL = frozenset({"Cc", "Cs", "Zl", "Zp"})  # categories: control, surrogate, line and paragraph separator


def one_line(text: str, shortest: int, longest: int) -> str:
    """The text in Unicode's composed form, without blanks around it, in any script.

    Raises ValueError when its length in characters is not within the bounds, or it has control characters.
    """
    text = unicodedata.normalize("NFC", text).strip()
    if not shortest <= len(text) <= longest or any(unicodedata.category(character) in CONTROL for character in text):
        bounds = f"{shortest} to {longest}" if shortest else f"at most {longest}"
        raise ValueError(f"must be {bounds} characters without control characters")
    return text
