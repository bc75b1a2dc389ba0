"""What people say of a run: a name, tags, a note."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

MOST_TAGS = 30
"""Tags of one run, at most."""

_NAME, _TAG, _NOTE = 100, 40, 10_000  # characters, at most


class RunNotesError(ValueError):
    """A name, tag or note that cannot be kept; the message quotes it and says what can."""


def _name(text: str) -> str:
    plain = " ".join(text.split())
    if len(plain) > _NAME:
        raise ValueError(f"name has {len(plain)} characters; it must have from 0 to {_NAME}")
    return plain


def _tags(tags: tuple[str, ...]) -> tuple[str, ...]:
    plain = tuple(dict.fromkeys(" ".join(tag.split()) for tag in tags))
    for tag in plain:
        if not 1 <= len(tag) <= _TAG or "," in tag:
            raise ValueError(f"tag is {tag!r}; it must be of 1 to {_TAG} characters, no comma")
    if len(plain) > MOST_TAGS:
        raise ValueError(f"there are {len(plain)} tags; there must be from 0 to {MOST_TAGS}")
    return plain


def _note(text: str) -> str:
    if len(text) > _NOTE:
        raise ValueError(f"note has {len(text):,} characters; it must have from 0 to {_NOTE:,}")
    return text


class RunNotes(BaseModel):
    """What people say of a run, which changes nothing of what it is.

    Attributes:
        name: what it is called, at most 100 characters in one line; empty for what its settings
            call it.
        tags: up to 30, each once, of 1 to 40 characters without a comma.
        note: text of at most 10,000 characters.

    Raises:
        RunNotesError: if one of them is too long, or a tag is empty or has a comma.

    >>> RunNotes(tags=("good", " good ", "for  the paper")).tags
    ('good', 'for the paper')
    >>> RunNotes(tags=("a,b",))
    Traceback (most recent call last):
    set_engine.run_notes.RunNotesError: tag is 'a,b'; it must be of 1 to 40 characters, no comma
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, AfterValidator(_name)] = ""
    tags: Annotated[tuple[str, ...], AfterValidator(_tags)] = ()
    note: Annotated[str, AfterValidator(_note)] = ""

    def __init__(self, **values: object) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise RunNotesError(_sentence(error)) from None


def _sentence(error: ValidationError) -> str:
    detail = error.errors()[0]
    if "error" in detail.get("ctx", {}):
        return str(detail["ctx"]["error"])
    where = ".".join(map(str, detail["loc"]))
    return f"{where} is {detail['input']!r}: {detail['msg']}"
