"""Writes a report as Markdown for a forge, as an HTML page, or as JSON."""

from toolkit.preview.render.data import as_json
from toolkit.preview.render.markdown import GITHUB_LIMIT, GITLAB_LIMIT, as_markdown, marker
from toolkit.preview.render.page import as_html

__all__ = ["GITHUB_LIMIT", "GITLAB_LIMIT", "as_html", "as_json", "as_markdown", "marker"]
