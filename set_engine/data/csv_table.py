"""Tables of comma-separated values: a sample in each line, its label in one column."""

from __future__ import annotations

import csv
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from set_engine.data.classes import as_labels
from set_engine.data.samples import DatasetError, Labelled, Samples, check_finite

_LABEL_NAMES = ("label", "class", "target", "y")


@dataclass(frozen=True)
class _Columns:
    """What the columns of a table are called, and which of them (from 0) has the labels."""

    names: tuple[str, ...]
    label: int

    @property
    def features(self) -> tuple[str, ...]:
        return self.names[: self.label] + self.names[self.label + 1 :]


def read_csv(path: Path) -> Samples:
    """The samples of a `.csv` file in UTF-8.

    The labels, numbers or text, are in the column called label, class, target or y (the first of
    these there is), or else in the last. The first line names the columns if it has no number in
    it, or one of these names.

    Raises:
        DatasetError: naming the file, the line (from 1), the column and the value.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _samples(path, _lines(csv.reader(file)))
    except OSError as error:
        raise DatasetError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DatasetError(f"{path} is no text in UTF-8: {error}") from error
    except csv.Error as error:
        raise DatasetError(f"{path} is damaged: {error}") from error


def _lines(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """The lines that are not empty, with their numbers from 1, their fields stripped."""
    for fields in reader:
        if fields:
            yield reader.line_num, [field.strip() for field in fields]  # type: ignore[attr-defined]


def _samples(path: Path, lines: Iterator[tuple[int, list[str]]]) -> Samples:
    number, fields = next(lines, (1, []))
    if len(fields) < 2:
        raise DatasetError(
            f"{path}, line {number} has {len(fields)} fields; it must have at least a feature and "
            "a label, with a comma between them"
        )
    columns = _columns(path, fields)
    values, labels, numbers = array("d"), list[str](), array("q")
    if not _is_header(fields):
        lines = _with_first((number, fields), lines)
    for number, fields in lines:
        label, features = _divided(path, number, fields, columns)
        values.extend(_numbers(path, number, features, columns))
        labels.append(label)
        numbers.append(number)
    if not labels:
        raise DatasetError(f"{path} has a header but no samples")

    def line(row: int) -> str:
        return f"{path}, line {numbers[row]}"

    x = np.frombuffer(values).reshape(len(labels), -1)
    check_finite(x, lambda row, column: f"{line(row)}, column {columns.features[column]}")
    y = as_labels(
        np.array(labels), lambda row: f"{line(row)}, column {columns.names[columns.label]}"
    )
    return Samples(path.name, Labelled(x, y))


def _with_first(
    first: tuple[int, list[str]], lines: Iterator[tuple[int, list[str]]]
) -> Iterator[tuple[int, list[str]]]:
    yield first
    yield from lines


def _is_header(fields: Sequence[str]) -> bool:
    numeric = [_is_number(field) for field in fields]
    if not any(numeric):
        return True
    # Numbers and a last y are a sample of a table without names whose labels are y and n.
    if all(numeric[:-1]) and fields[-1].lower() == "y":
        return False
    return any(field.lower() in _LABEL_NAMES for field in fields)


def _columns(path: Path, first: Sequence[str]) -> _Columns:
    if not _is_header(first):
        return _Columns(tuple(str(number) for number in range(1, len(first) + 1)), len(first) - 1)
    if "" in first:
        raise DatasetError(
            f"{path}, line 1: column {first.index('') + 1} has no name; if it is an index, save "
            "the table without it"
        )
    lowered = [name.lower() for name in first]
    label = next((lowered.index(name) for name in _LABEL_NAMES if name in lowered), len(first) - 1)
    return _Columns(tuple(first), label)


def _divided(
    path: Path, number: int, fields: list[str], columns: _Columns
) -> tuple[str, list[str]]:
    """The label of a line, and its other fields."""
    if len(fields) != len(columns.names):
        raise DatasetError(
            f"{path}, line {number} has {len(fields)} fields; it must have "
            f"{len(columns.names)} like the first"
        )
    label = fields.pop(columns.label)
    if not label:
        raise DatasetError(f"{path}, line {number} has no label")
    return label, fields


def _numbers(path: Path, number: int, fields: list[str], columns: _Columns) -> list[float]:
    try:
        return [float(field) for field in fields]
    except ValueError:
        wrong = next(i for i, field in enumerate(fields) if not _is_number(field))
        raise DatasetError(
            f"{path}, line {number}, column {columns.features[wrong]} is '{fields[wrong]}'; it "
            "must be a number"
        ) from None


def _is_number(field: str) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True
