"""Settings of Sphinx, which builds the website: make site.

Its pages are README.md, docs/ and gallery/ as they are, so the source folder is that of README.md.
"""

project = "cookiecutter-drf-docker"
html_title = project
root_doc = "README"
include_patterns = ["README.md", "AGENTS.md", "CONTRIBUTING.md", "docs/*.md", "gallery/**.md"]

extensions = ["myst_parser", "sphinxcontrib.mermaid"]
# GitHub has anchors for all headings, and draws the code blocks of the language "mermaid".
myst_heading_anchors = 6
myst_fence_as_directive = ["mermaid"]
myst_enable_extensions = ["attrs_inline"]
# The copy that the Makefile downloads. The default is a content delivery network.
html_static_path = ["../.venv/mermaid"]
mermaid_use_local = "mermaid.esm.min.mjs"
# IDs from a counter instead of the clock, which can give two diagrams the same.
mermaid_init_config = {"startOnLoad": False, "deterministicIds": True}
mermaid_fullscreen = False
mermaid_height = "auto"

html_theme = "furo"
html_copy_source = False
html_show_copyright = False
# Reached by links from the gallery, not from the sidebar.
suppress_warnings = ["toc.not_included"]

SIDEBAR = """
```{toctree}
:hidden:

docs/architecture
docs/options
docs/updating
docs/deployment
docs/performance
docs/teaching
docs/decisions
gallery/index
CONTRIBUTING
```
"""


def adapt(app, docname, source):
    """Add the sidebar to the start page, and link to a project's pages instead of their source."""
    if docname == root_doc:
        source[0] += SIDEBAR
    source[0] = source[0].replace(
        "<../{{cookiecutter.project_slug}}/docs/", "<../gallery/django52_postgresql/docs/"
    )


def setup(app):
    """Register the function that adapts the pages."""
    app.connect("source-read", adapt)
