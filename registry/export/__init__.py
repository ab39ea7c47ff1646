"""Whole kinds out into files: one declaration a format, each written in constant memory and loadable again."""

from registry.export.format import FORMATS, Format, chosen
from registry.export.write import Order, Written, streamed, to_file, to_stream

__all__ = ["FORMATS", "Format", "Order", "Written", "chosen", "streamed", "to_file", "to_stream"]
