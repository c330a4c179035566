from minillm.training.curve import Progress, StepRow, step_spacing


def rows_of_a_run(steps: int) -> list[StepRow]:
    progress = Progress()
    for step in range(1, steps + 1):
        if step % step_spacing(step) == 0:
            progress.add_step(StepRow(step, 1.0, 0.1, 1.0))
    return progress.steps


def test_the_rows_of_the_steps_are_evenly_spaced_and_two_to_four_hundred() -> None:
    assert [row.step for row in rows_of_a_run(399)] == [*range(1, 400)]
    assert [row.step for row in rows_of_a_run(400)] == [*range(2, 401, 2)]
    assert [row.step for row in rows_of_a_run(780)] == [*range(2, 781, 2)]
    assert [row.step for row in rows_of_a_run(6401)] == [*range(32, 6401, 32)]


def test_the_rows_of_a_longer_run_are_among_those_of_a_shorter_one() -> None:
    for shorter, longer in ((3, 30), (390, 401), (799, 800), (999, 5000)):
        of_longer = [row for row in rows_of_a_run(longer) if row.step <= shorter]
        assert set(of_longer) <= set(rows_of_a_run(shorter))
