"""How often equal models are called better or worse: `python -m benchmarks.intervals`.

Two models differ in each test article by chance alone: per target by a normal variable of mean 0, in articles
of 500 to 1,500 targets. Of a 95 % interval 5 % such verdicts are expected. Counted without the rule that
fewer than FEWEST articles have no interval (minillm/evaluation/comparison.py), to show what it is for.
"""

import numpy as np

from minillm.evaluation import comparison
from minillm.evaluation.comparison import FEWEST, UNCLEAR, bootstrap, verdict

ARTICLES = (2, 3, 4, 5, 6, 8, 12, 20, 50, 84)
TRIALS = 500


def main() -> None:
    """Print a row for each number of articles."""
    comparison.FEWEST = 2
    random = np.random.default_rng(0)
    print("| articles | called better or worse | |\n|---|---|---|")
    for articles in ARTICLES:
        wrong = 0
        for trial in range(TRIALS):
            targets = random.integers(500, 1501, articles)
            wrong += verdict(bootstrap(targets * random.normal(size=articles), targets, trial)) != UNCLEAR
        print(
            f"| {articles} | {wrong / TRIALS:.1%} | {'no interval' if articles < FEWEST else ''} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
