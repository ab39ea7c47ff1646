"""Label: one title in Chinese and English."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Label:
    """A title in both languages; declarations may write it as the text `中文|English`."""

    zh: str
    en: str

    @classmethod
    def of(cls, text: Label | str) -> Label:
        """A label from itself or from `中文|English`; without a bar both languages get the text."""
        if isinstance(text, Label):
            return text
        zh, bar, en = text.partition("|")
        return cls(zh.strip(), en.strip() if bar else zh.strip())

    def get(self, lang: str) -> str:
        """The title in `zh` or `en`."""
        return self.en if lang == "en" else self.zh

    def as_dict(self) -> dict[str, str]:
        """`{"zh": …, "en": …}` as answers carry it."""
        return {"zh": self.zh, "en": self.en}
