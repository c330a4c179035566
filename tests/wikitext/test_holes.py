import pytest

from minillm.wikitext.marks import HOLE, MISSING
from tests.spanish import mend_holes


def mended(paragraph: str) -> str:
    return mend_holes(paragraph.replace("◌", HOLE))


@pytest.mark.parametrize(
    "sentence",
    [
        "Se halla a unos ◌ de altitud.",
        "Según datos de ◌ su población era de ◌.",
        "En el siglo ◌ se abrió.",
        "Tiene ◌ habitantes.",
        "Mide ◌ km, poco.",
        "◌ es un faro.",
        "Es de ◌, su dueño.",
        "¿Fue de ◌?",
        # after a verb
        "La torre mide ◌ de altura.",
        "Tiene ◌ vecinos.",
        "La torre, que pesa ◌, luce.",
        "Nació ◌ en Lora.",
        "Fundaron ◌ y se fueron.",
        "Llamada ◌ por los ingleses, luce.",
        "El lago cubre ◌.",
        # two holes
        "Los clubes ◌ y ◌ ascendieron.",
        "Hay ◌/◌ habitantes.",
        "Luce ◌ contra ◌ siempre.",
        "Participaron ◌, ◌ y ◌.",
        "Los clubes Lora, ◌ y Ruiz ascendieron.",
        # before a unit, a noun, a dimension
        "La mina da ◌ toneladas.",
        "Con tal fin, ◌ alumnos estudian.",
        "Luce, ◌ de altura, la torre.",
        # joined to something
        "Va a ◌km/h.",
        "Va a l'◌ de noche.",
        "La isla O◌ahu luce.",
        "Hay 2◌3 faros.",
        "La palabra ◌ significa luz.",
        "Luce en 1900-◌ siempre.",
        "Es así: ◌.",
        "Se sabe que x = ◌ siempre.",
        "La palabra «◌» luce.",
        "Luce el 3 ◌ de mayo.",
        "Se dice en ruso ◌ siempre.",
        "Mide 2,5 ◌ y luce.",
        "La masa es de 2 ◌.",
        "La torre, de 30 ◌, luce.",
        # no subject
        "Así, ◌ luce siempre.",
        "Además ◌ luce siempre.",
        "Actualmente ◌ luce siempre.",
        "El rey, ◌, murió.",
        "Hubo dos datos: España mide ◌ de alto.",
        "Mide ◌ de alto según tres autores: Pérez, Ruiz y Gil.",
        "Se divide en dos: Lora Alta, de ◌ habitantes, y Lora Baja.",
        "Mide ◌ de alto: 3 y 4.",
        "◌ (1900) fue pianista.",
        "◌, su dueño, luce.",
    ],
)
def test_a_sentence_with_a_gaping_hole_goes_alone(sentence: str) -> None:
    assert mended(f"Antes, luz. {sentence} Después.").split() == ["Antes,", "luz.", "Después."]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("El faro ◌ luce.", "El faro  luce."),
        ("El faro luce ◌.", "El faro luce ."),
        ("Es de ◌ Ana.", "Es de  Ana."),
        ("◌El faro luce.", "El faro luce."),
        ("Luce.◌", "Luce."),
        ("El faro mide◌ 5 m.", "El faro mide 5 m."),
        ("Tiene 5000 ◌ habitantes.", "Tiene 5000  habitantes."),
        ("El Apolo 11 ◌ y el 12 lucen.", "El Apolo 11  y el 12 lucen."),
        ("Luce en 1990 ◌ y canta en 800 ◌.", "Luce en 1990  y canta en 800 ."),
        ("Acabó en 3-1 ◌.", "Acabó en 3-1 ."),
        ("Mide 2 m ◌ y de 2◌ pasó a 3◌, luce.", "Mide 2 m  y de 2 pasó a 3, luce."),
        ("Tiene 5000◌ habitantes.", "Tiene 5000 habitantes."),
        ("España ◌ y Francia ◌ lucen.", "España  y Francia  lucen."),
        ("El faro ◌ ◌ luce.", "El faro   luce."),
        ("Lo vieron Lora◌ y◌ Ruiz.", "Lo vieron Lora y Ruiz."),
        ("El faro luce,◌ alto◌ y blanco.", "El faro luce, alto y blanco."),
        ("Ganó ◌ Ana.", "Ganó  Ana."),
        ("Ana Ruiz, ◌ (1950) es poeta.", "Ana Ruiz  (1950) es poeta."),
        ("España, ◌, Francia y Lora.", "España, , Francia y Lora."),
    ],
)
def test_a_hole_where_nothing_is_missed_just_goes(sentence: str, expected: str) -> None:
    assert mended(sentence) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ana (◌, 1915) canta.", "Ana (1915) canta."),
        ("Ana (Lora, ◌) canta.", "Ana (Lora) canta."),
        ("Ana (de ◌; 1915) canta.", "Ana (1915) canta."),
        ("Ana (◌) canta.", "Ana  canta."),
        ("Ana (◌ - 1915) canta.", "Ana (1915) canta."),
        ("Ana (1900 – ◌) canta.", "Ana (1900) canta."),
        ("Ana (◌ -5 °C) canta.", "Ana (-5 °C) canta."),
        ("Ana (en ruso: ◌; Lora, 1900 - 1980) canta.", "Ana (Lora, 1900 - 1980) canta."),
        ("Ana (n. ◌, Lora) canta.", "Ana (Lora) canta."),
        ("Ana (c. ◌ - 1980, Lora) canta.", "Ana (Lora) canta."),
        ("Ana (en ruso ◌, 1915) canta.", "Ana (1915) canta."),
        ("Ana (ruso ◌; 1915) canta.", "Ana (1915) canta."),
        ("Ana (1915, en ruso: ◌) canta.", "Ana (1915) canta."),
        ("Ana (3,5 m de ◌, Lora) canta.", "Ana (Lora) canta."),
        ("Ana (◌, ◌ y ◌) canta.", "Ana  canta."),
        ("Ana (la voz ◌, 1915) canta.", "Ana (la voz , 1915) canta."),
    ],
)
def test_in_parentheses_only_the_part_goes(text: str, expected: str) -> None:
    assert mended(text) == expected


@pytest.mark.parametrize(
    "abbreviation",
    ["a. C.", "J. Ruiz", "Dr. Ruiz", "el Gral. Ruiz", "la Srta. Ruiz", "pág. 3", "Cap. 3", "etc., y"],
)
def test_abbreviations_do_not_end_a_sentence(abbreviation: str) -> None:
    assert mended(f"Luce. Vive en {abbreviation} Lora con ◌ y duerme. Canta.") == "Luce. Canta."


@pytest.mark.parametrize(
    "enclosed",
    [
        "Dijo: «Es de ◌. Brilla. Luce».",
        'Dice que "luce. Brilla. Es de ◌".',
        "Dice: “Brilla. Es de ◌ (blanco. Alto). Luce”.",
        "El faro (en inglés: Light (Old. New)) mide ◌ de alto.",
        "«Luce». Dice: «Brilla. “Es. De ◌”. Luce».",
    ],
)
def test_a_quotation_or_parenthesis_goes_whole(enclosed: str) -> None:
    kept = "«Luce». " if enclosed.startswith("«Luce»") else ""
    assert mended(f"Luce. {enclosed} Canta.") == f"Luce. {kept}Canta."


@pytest.mark.parametrize(
    ("paragraph", "expected"),
    [
        ("Luce. Es de ◌. «Canta. Brilla».", "Luce. «Canta. Brilla»."),
        ("Luce «Mar. Es de ◌. Canta.", "Luce «Mar. Canta."),
        ('Mide 7" o más. Es de ◌. Da 3" más.', 'Mide 7" o más. Da 3" más.'),
        ("1) Luce. Es de ◌. 2) Brilla.", "1) Luce. 2) Brilla."),
    ],
)
def test_marks_without_a_partner_enclose_nothing(paragraph: str, expected: str) -> None:
    assert mended(paragraph) == expected


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/a_(b)?c=1",
        "https://example.org/a_(b)",
        "HTTP://A.ES/(b)(c)",
        "http://a.es",
        "www.example.org/x",
        "ana@example.org",
    ],
)
def test_addresses_are_holes(address: str) -> None:
    assert mended(f"Luce. Se lee en {address}. Canta.") == "Luce. Canta."
    assert mended(f"Luce siempre ({address}).") == "Luce siempre ."


@pytest.mark.parametrize("text", ["Luce. Canta.", "El 3@4 y la web.", "", "a://b"])
def test_what_has_no_hole_stays(text: str) -> None:
    assert mend_holes(text) == text


def test_a_hole_at_the_end_of_the_paragraph_takes_its_sentence() -> None:
    assert mended("Luce. Brilla desde ◌").strip() == "Luce."


@pytest.mark.parametrize("phrase", ["◌.", "«◌».", "¿◌?", "Dice: «◌»."])
def test_a_hole_without_a_word_beside_it_leaves_no_marks(phrase: str) -> None:
    assert mended(phrase) == ""
    assert mended(f"El faro luce. {phrase} El mar calla.") == "El faro luce. El mar calla."


def test_parentheses_alone_leave_no_marks() -> None:
    assert mended("(◌).") == ""


def test_nothing_left_is_empty() -> None:
    assert mended("Es de ◌ y de ◌.") == ""


def test_a_missing_value_takes_its_sentence_wherever_it_stands() -> None:
    assert mend_holes(f"Luce. El faro {MISSING} luce. Canta.") == "Luce. Canta."
    assert mend_holes(f"El faro (blanco, {MISSING} alto) luce.") == "El faro (blanco) luce."


def test_time_is_linear_in_the_length_of_a_word() -> None:
    word = "a" * 1_000_000
    assert mended(f"{word} ◌. Luce.") == f"{word} . Luce."
