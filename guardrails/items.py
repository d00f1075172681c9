"""The recognised stretches of a sentence, and the closed classes of English words among them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from .lexicon import Entry
from .numbers import Quantity
from .text import word_set

Role = Literal["main", "if", "unless", "reported"]
Act = Literal["assert", "question", "hypothetical", "ask"]
ItemKind = Literal["concept", "operator", "number", "word", "unknown", "foreign", "mark"]

MODALS = word_set("may can could might")
FINITE = word_set(
    "is are was were be been am will would shall should may can could might must has have "
    "had do does did need needs needn't isn't let get gets got"
)
AUXILIARY = word_set("is are do does did has have can may will was were")
REFERENCES = word_set(
    "it they this that these those both neither either such he she them its their one "
    "there who which"
)
COMMANDS = word_set(
    "accept offer take pick start file apply skip ignore use do get go enter change "
    "switch finish serve wait quit leave resign sign pay tell mention marry join begin "
    "transfer forget stay keep sit send turn decline avoid refuse let make bring count "
    "rely hand request schedule book claim hold have earn say moonlight consult enjoy "
    "grab try list enroll report complain extend renew return spend move choose feel"
)
BEFORE_COMMAND = word_set("then so please just simply and or also instead therefore")


@dataclass(slots=True)
class Item:
    """One recognised stretch of tokens."""

    kind: ItemKind
    text: str
    stem: str
    entry: Entry | None = None
    number: Quantity | None = None
    signs: dict[str, int] = field(default_factory=dict[str, int])
    spaced: bool = True
    is_verb: bool = False

    def has(self, name: str) -> bool:
        """Say whether the item is the operator `name`."""
        return self.kind == "operator" and self.entry is not None and self.entry.operator == name


@dataclass(slots=True)
class Group:
    """A clause in the making: its items, how it is joined, what is said about it."""

    role: Role
    items: list[Item]
    joint: str = ""
    denied: bool = False
    reported: bool = False
    quoted: bool = False
    confirmed: bool = False
    only: bool = False
    before: bool = False
    commands: bool = False

    @property
    def has_verb(self) -> bool:
        """Say whether the clause has a finite verb or a predicate."""
        return any(item.is_verb for item in self.items)


def flip(item: Item) -> None:
    """Turn the sign of an item's concepts round."""
    item.signs = {name: -sign for name, sign in item.signs.items()}


def imperative(items: list[Item]) -> int:
    """Return 1 for a command, -1 for a command not to, 0 for anything else."""
    sign = 1
    for item in items[:5]:
        if item.kind == "mark" or item.text in BEFORE_COMMAND:
            continue
        if item.has("not"):
            sign = -sign
            continue
        if item.text.split()[0] in {"avoid", "skip", "decline", "refuse", "forget"}:
            return -sign
        if item.text == "do" and len(items) > 1 and items[1].has("not"):
            continue
        named = item.kind == "concept" and "urge" not in item.signs and len(item.text.split()) > 1
        return sign if item.text.split()[0] in COMMANDS and not named else 0
    return 0
