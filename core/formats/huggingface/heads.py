"""The layers behind a model's last one: the map to the vocabulary, or a classifier, by the name of the class."""

from __future__ import annotations

from typing import Literal

from layerledger.core.base.messages import Message
from layerledger.core.formats.huggingface.config import Config
from layerledger.core.formats.importing.notes import ImportNote

Head = Literal["words", "none", "sequence", "token", "answer", "pretraining", "choice"]

_ENDINGS: tuple[tuple[str, Head], ...] = (
    ("ForPreTraining", "pretraining"),
    ("ForSequenceClassification", "sequence"),
    ("ForImageClassification", "sequence"),
    ("ForImageClassificationWithTeacher", "sequence"),
    ("ForAudioClassification", "sequence"),
    ("ForTokenClassification", "token"),
    ("ForQuestionAnswering", "answer"),
    ("ForMultipleChoice", "choice"),
    ("Model", "none"),
    ("EncoderModel", "none"),
)


def head_of(config: Config, default: Head) -> tuple[Head, str]:
    """Return which head a model has, and the name of its class; `default` where the file names none."""
    stated = config.items("architectures")
    name = stated[0] if stated and isinstance(stated[0], str) else ""
    if not name:
        return default, ""
    if name.endswith(("LMHeadModel", "MaskedLM", "MTModel")):  # GPT2LMHeadModel
        return "words", name
    for ending, head in _ENDINGS:
        if name.endswith(ending) and not name.endswith("DoubleHeadsModel"):
            return head, name
    return "words" if default in ("words", "none") else default, name


def labels_of(config: Config) -> int:
    """Return the number of classes of a classifier; 2 where the file does not say."""
    if listed := config.object("id2label"):
        return len(listed)
    return config.optional("num_labels") or 2


def head_note(head: Head, name: str, *, layer: str = "lm_head") -> ImportNote:
    """Return the note on the head."""
    if not name:
        text = Message("The file names no class, so the head that turns tokens into words is counted.")
        return ImportNote("assumed", text, (layer,))
    if head == "none":
        return ImportNote("counted as held", Message("{name} has no head.", name=name[:80]))
    return ImportNote("counted as held", Message("The head is that of {name}.", name=name[:80]), (layer,))
