"""Pipe surveys by CJJ 61: tables of points and of lines read as one network, checked, and loaded as layers."""

from etl.survey.forms import FORMS
from etl.survey.found import Found, split

__all__ = ["FORMS", "Found", "split"]
