"""Write the plots of dvc.yaml as one HTML page that opens without a network, and README's picture.

DVC's own page loads Vega from a CDN. Its template mechanism takes another page: ours holds the Vega bundle
that vl-convert ships. The template is also set in .dvc/config.local, so that `dvc plots diff` uses it too.
"""

import json
import subprocess
import sys
from pathlib import Path

import vl_convert

TEMPLATE = Path(".dvc/tmp/plots_template.html")
PAGE = Path("dvc_plots/index.html")
PICTURE = Path("docs/learning-curve.png")
CURVE = Path("metrics/plots/training.tsv")

# Vega writes its colours into the drawing, but a style sheet takes precedence: a dark page has its own, and
# paper. A drawing that is wider than the screen shrinks.
STYLE = """
:root { color-scheme: light dark; --page: #ffffff; --ink: #1b1f24; --rule: #c9d0d8; }
@media (prefers-color-scheme: dark) { :root { --page: #14171b; --ink: #e7eaee; --rule: #3a424b; } }
@media print { :root { color-scheme: light; --page: #ffffff; --ink: #000000; --rule: #b0b0b0; } }
body { background: var(--page); color: var(--ink); font-family: system-ui, sans-serif; }
body { margin: 1rem auto; max-width: 1500px; padding: 0 1rem; }
#plots { display: flex; flex-wrap: wrap; gap: 2rem; }
#plots > div { max-width: 100%; }
.vega-embed.vega-embed { max-width: 100%; }
@media (max-width: 30rem) {
  .vega-embed.vega-embed.has-actions { padding-right: 0; }
  .vega-embed.vega-embed details { display: none; }
}
.vega-embed svg { max-width: 100%; height: auto; }
.vega-embed svg text { fill: var(--ink); }
.vega-embed svg .role-axis line, .vega-embed svg .background[stroke] { stroke: var(--rule); }
"""
# What DVC's part of the page calls for each plot: legends go below it, since a phone has no room beside it.
DRAW = """
const embed = window.vegaEmbed;
const config = { background: "transparent", legend: { orient: "bottom", columns: 2 } };
window.vegaEmbed = (place, plot) => embed(place, plot, { renderer: "svg", config });
"""


def main() -> int:
    """Write template and page; with --picture also docs/learning-curve.png."""
    if not CURVE.exists():
        sys.exit(f"error: {CURVE} is missing; run `dvc repro` or `dvc pull`")
    write_template()
    dvc("config", "--local", "plots.html_template", TEMPLATE.relative_to(".dvc").as_posix())
    dvc("plots", "show", "-o", str(PAGE.parent))
    print(f"plots: {PAGE} (opens in a browser, without a network)")
    if "--picture" in sys.argv[1:]:
        spec = json.loads(dvc("plots", "show", "Loss", "--show-vega"))
        spec.update(width=640, height=320)
        PICTURE.write_bytes(vl_convert.vegalite_to_png(spec, scale=1.25))
        print(f"picture: {PICTURE}")
    return 0


def write_template() -> None:
    """The page around DVC's `{plot_divs}`, with Vega in it."""
    bundle = vl_convert.javascript_bundle()  # type: ignore[call-arg]  # without a snippet: all of Vega
    bundle = bundle.replace("</script", "<\\/script")
    page = (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>miniLLM plots</title>\n'
        f"<style>{STYLE}</style>\n<script>{bundle}</script>\n<script>{DRAW}</script>\n</head>\n<body>\n"
        "<h1>miniLLM</h1>\n"
        '<div id="plots">\n{plot_divs}\n</div>\n</body>\n</html>\n'
    )
    TEMPLATE.parent.mkdir(parents=True, exist_ok=True)
    TEMPLATE.write_text(page, encoding="utf-8")


def dvc(*arguments: str) -> str:
    """Run dvc and return what it prints; its own message and status on failure."""
    result = subprocess.run(["dvc", *arguments], capture_output=True, encoding="utf-8", check=False)
    if result.returncode:
        sys.exit(f"error: dvc {' '.join(arguments)}:\n{result.stderr.strip()}")
    return result.stdout


if __name__ == "__main__":
    sys.exit(main())
