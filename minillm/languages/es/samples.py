"""Spanish words of metrics/samples.md."""

from minillm.languages.samples import SamplesPage
from minillm.params import EvaluateParams


def _introduction(params: EvaluateParams, seed: int, end: str) -> str:
    among = f"entre los {params.top_k} tokens más probables" if params.top_k else "entre todos los tokens"
    if params.top_k == 1:
        among = "solo el token más probable"
    tokens = "token" if params.sample_tokens == 1 else "tokens"
    options = "".join(
        f"{name} {value:g}, "
        for name, value, off in (
            ("top-p", params.top_p, 1),
            ("min-p", params.min_p, 0),
            ("penalización de repeticiones", params.repetition_penalty, 1),
        )
        if value != off
    )
    return (
        "# Muestras\n\n"
        f"Cada comienzo, en negrita, continuado por el modelo con hasta {params.sample_tokens} {tokens}: "
        "una vez con el token más probable en cada paso (voraz) y otra por sorteo "
        f"({among}, {options}temperatura {params.temperature:g}, semilla {seed}). "
        f"El signo{end} indica que el modelo dio el artículo por terminado. "
        "El texto es inventado: nada de lo que afirma es fiable."
    )


SAMPLES_PAGE = SamplesPage(
    introduction=_introduction,
    without_prompt="Comienzo de artículo",
    greedy="Voraz",
    sampled="Sorteada",
    comparison="Para comparar: así empieza un artículo real",
    test_article="Artículo de prueba",
    unknown="\\[UNK\\] es una palabra que no está en el vocabulario; el modelo no la ve.",
)
