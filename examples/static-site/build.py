"""The site in dist/: each page in the layout, and a style sheet whose name changes with its content."""

import hashlib
import shutil
from pathlib import Path
from string import Template

PAGES, STYLE, DIST = Path("pages"), Path("assets/style.css"), Path("dist")


def build():
    """Make dist/ anew."""
    shutil.rmtree(DIST, ignore_errors=True)
    style = f"style.{hashlib.sha256(STYLE.read_bytes()).hexdigest()[:12]}.css"
    (DIST / "assets").mkdir(parents=True)
    shutil.copy(STYLE, DIST / "assets" / style)
    shutil.copy("404.html", DIST)  # it is shown at any address, so it needs nothing beside it
    layout = Template(Path("layout.html").read_text())
    for page in PAGES.rglob("*.html"):
        name = page.relative_to(PAGES)
        title, content = page.read_text().split("\n", 1)
        target = DIST / name
        target.parent.mkdir(exist_ok=True)
        root = "../" * (len(name.parts) - 1)
        target.write_text(
            layout.substitute(title=title.removeprefix("title: "), content=content, root=root, style=style)
        )
