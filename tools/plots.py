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

STYLE = """
body { font-family: system-ui, sans-serif; margin: 2rem auto; max-width: 1500px; color: #222; }
#plots { display: flex; flex-wrap: wrap; gap: 2rem; }
"""


def main() -> int:
    """Write template and page; with --picture also docs/learning-curve.png."""
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
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>miniLLM plots</title>\n'
        f"<style>{STYLE}</style>\n<script>{bundle}</script>\n</head>\n<body>\n<h1>miniLLM</h1>\n"
        '<div id="plots">\n{plot_divs}\n</div>\n</body>\n</html>\n'
    )
    TEMPLATE.parent.mkdir(parents=True, exist_ok=True)
    TEMPLATE.write_text(page, encoding="utf-8")


def dvc(*arguments: str) -> str:
    """Run dvc and return what it prints; its own message and status on failure."""
    result = subprocess.run(["dvc", *arguments], capture_output=True, text=True, check=False)
    if result.returncode:
        sys.exit(f"error: dvc {' '.join(arguments)}:\n{result.stderr.strip()}")
    return result.stdout


if __name__ == "__main__":
    sys.exit(main())
