"""Spanish grammar for the evaluation: closed classes, and minimal pairs written for this project.

A line is a template of four sentences. `(a|b)` is the cue and `[x|y]` the answer: with a belongs x, with b
belongs y. So it gives two pairs, "a x" against "a y" and "b y" against "b x", and who always prefers x, or
the more frequent of x and y, is right in one of the two. Several cues of a line go together. `{m0}` is form 0
of a word of the list m; a line is filled twice, with other words.

Words are frequent ones, so that a small vocabulary holds them. Sense matters little, grammar is what is
asked, but no wrong sentence may be right in any reading of the standard language: nouns of both genders
(capital, mar), collective subjects (la mayoría), the historical present, and prepositions or tenses that some
speakers use do not occur.
"""

from minillm.languages.grammar import GrammarFacts

_CLOSED_CLASSES = """
el la los las lo un una unos unas al del
a ante bajo con contra de desde durante en entre hacia hasta mediante para por según sin sobre tras
y e o u ni que si como cuando donde aunque pero sino porque pues mientras
yo tú él ella ello nosotros vosotros ellos ellas usted ustedes me te se nos os le les mí ti sí
mi mis tu tus su sus nuestro nuestra nuestros nuestras
este esta esto estos estas ese esa eso esos esas aquel aquella aquello aquellos aquellas
quien quienes cual cuales cuyo cuya cuyos cuyas qué quién cuál cómo cuándo dónde
no ya más menos muy también tampoco así tan
es son era eran fue fueron ser sido siendo ha han había habían haber hay
"""

# Forms are separated by "/".
_WORDS: dict[str, str] = {
    # masculine places and buildings: singular, plural
    "m": (
        "río/ríos lago/lagos valle/valles puerto/puertos bosque/bosques puente/puentes palacio/palacios "
        "barrio/barrios pueblo/pueblos museo/museos convento/conventos templo/templos edificio/edificios "
        "monumento/monumentos teatro/teatros camino/caminos"
    ),
    # feminine ones
    "f": (
        "isla/islas ciudad/ciudades plaza/plazas montaña/montañas provincia/provincias catedral/catedrales "
        "iglesia/iglesias sierra/sierras aldea/aldeas torre/torres biblioteca/bibliotecas "
        "universidad/universidades escuela/escuelas llanura/llanuras laguna/lagunas calle/calles"
    ),
    # masculine and feminine places with inhabitants
    "c": "barrio/barrios valle/valles país/países reino/reinos territorio/territorios municipio/municipios",
    "d": (
        "ciudad/ciudades isla/islas aldea/aldeas provincia/provincias comarca/comarcas "
        "comunidad/comunidades colonia/colonias"
    ),
    # masculine and feminine things that people make
    "o": (
        "libro/libros cuadro/cuadros poema/poemas texto/textos mapa/mapas instrumento/instrumentos "
        "diario/diarios cuento/cuentos artículo/artículos método/métodos aparato/aparatos "
        "programa/programas tratado/tratados mensaje/mensajes símbolo/símbolos"
    ),
    "q": (
        "obra/obras novela/novelas carta/cartas lengua/lenguas pintura/pinturas lista/listas "
        "máquina/máquinas ley/leyes moneda/monedas película/películas fotografía/fotografías pieza/piezas "
        "piedra/piedras puerta/puertas tabla/tablas figura/figuras placa/placas idea/ideas estrella/estrellas"
    ),
    # men: singular, plural
    "p": (
        "rey/reyes emperador/emperadores médico/médicos escritor/escritores poeta/poetas "
        "profesor/profesores ingeniero/ingenieros historiador/historiadores maestro/maestros "
        "soldado/soldados autor/autores músico/músicos pastor/pastores príncipe/príncipes"
    ),
    # women
    "w": "reina mujer princesa madre hija maestra niña hermana esposa viuda dama diosa",
}

_PHENOMENA: dict[str, str] = {
    "gender_determiner": """
        [El|La] ({m0}|{f0}) está en el norte de España.
        Hay [un|una] ({m0}|{f0}) cerca de la frontera.
        [Este|Esta] ({m0}|{f0}) es muy importante.
        [Ese|Esa] ({m0}|{f0}) no tiene nombre.
        [Aquel|Aquella] ({m0}|{f0}) ya no existe.
        [Los|Las] ({m1}|{f1}) son muy importantes.
        Existen [otros|otras] ({m1}|{f1}) en el sur del país.
        En el centro hay [otro|otra] ({m0}|{f0}).
        El rey recorrió [todo el|toda la] ({m0}|{f0}).
        La región tiene [muchos|muchas] ({m1}|{f1}).
        El rey fundó [varios|varias] ({m1}|{f1}).
        No se conserva [ningún|ninguna] ({m0}|{f0}).
        Es [el mismo|la misma] ({m0}|{f0}) de siempre.
        Fue [el primer|la primera] ({m0}|{f0}) del país.
        Es [uno de los|una de las] ({m1}|{f1}) más importantes.
        [Ambos|Ambas] ({m1}|{f1}) pertenecen a España.
        Hay [pocos|pocas] ({m1}|{f1}) como antes.
        Es un país [cuyos|cuyas] ({m1}|{f1}) son grandes.
        El camino lleva [al|a la] ({m0}|{f0}).
        El agua llega [del|de la] ({m0}|{f0}).
        El rey recibió [estos|estas] ({o1}|{q1}) de Roma.
        El autor describe [unos|unas] ({o1}|{q1}) del siglo XV.
        Hay [algún|alguna] ({m0}|{f0}) en la costa.
        Entre [los|las] ({o1}|{q1}) hay diferencias.
        En [aquellos|aquellas] ({m1}|{f1}) no había nadie.
        [Algunos|Algunas] ({m1}|{f1}) son de piedra.
        [Muchos|Muchas] ({o1}|{q1}) hablan de la guerra.
        [Otros|Otras] ({o1}|{q1}) son de origen desconocido.
        [Varios|Varias] ({m1}|{f1}) tienen el mismo nombre.
        El pueblo conoce [esos|esas] ({o1}|{q1}).
        Desde [un|una] ({m0}|{f0}) se ve el mar.
        Para el rey era [el último|la última] ({o0}|{q0}).
    """,
    "number_determiner": """
        [El|Los] ({m0} está|{m1} están) en el norte de España.
        [La|Las] ({f0} está|{f1} están) cerca del mar.
        Hay [un|unos] ({m0}|{m1}) cerca de la frontera.
        Hay [una|unas] ({f0}|{f1}) al sur.
        En [este|estos] ({m0}|{m1}) hay poca agua.
        En [esta|estas] ({f0}|{f1}) vive mucha gente.
        Cerca de [esa|esas] ({f0}|{f1}) hay minas.
        Entre el mar y [ese|esos] ({m0}|{m1}) hay dos kilómetros.
        El rey vio [aquel|aquellos] ({m0}|{m1}).
        No llegó nadie a [aquella|aquellas] ({f0}|{f1}).
        El mapa muestra [otro|otros] ({m0}|{m1}).
        El cuadro muestra [otra|otras] ({f0}|{f1}).
        El rey perdió [su|sus] ({o0}|{o1}).
        [Su|Sus] ({q0} es|{q1} son) de oro.
        El pueblo conserva [el mismo|los mismos] ({o0}|{o1}).
        El museo conserva [la misma|las mismas] ({q0}|{q1}).
        El río cruza [la|las] ({f0}|{f1}) del norte.
        El viento cruza [el|los] ({m0}|{m1}) del sur.
        La guerra llegó [al|a los] ({m0}|{m1}).
        La gente huyó [del|de los] ({m0}|{m1}).
        El hijo encontró [el último|los últimos] ({o0}|{o1}).
        La hija encontró [la primera|las primeras] ({q0}|{q1}).
        [Un|Unos] ({m0} separa|{m1} separan) los dos países.
        [Una|Unas] ({f0} ocupa|{f1} ocupan) el centro.
        Las familias vivían en [alguna|algunas] ({f0}|{f1}).
        El hombre tenía [algún|algunos] ({o0}|{o1}).
        Es un país [cuyo|cuyos] ({m0} tiene|{m1} tienen) fama.
        Es una región [cuya|cuyas] ({f0} tiene|{f1} tienen) fama.
        La gente habla [del|de los] ({o0}|{o1}).
        El autor dejó [su|sus] ({q0}|{q1}) en Madrid.
        El museo guarda [el|los] ({o0}|{o1}) del rey.
        El palacio guarda [la|las] ({q0}|{q1}) de la reina.
    """,
    "gender_adjective": """
        (El {m0}|La {f0}) era muy [antiguo|antigua].
        (Un {m0}|Una {f0}) muy [pequeño|pequeña] está en el norte.
        (Este {m0}|Esta {f0}) es muy [largo|larga].
        (El {m0}|La {f0}) más [alto|alta] está en el norte.
        Hay (un {m0}|una {f0}) muy [conocido|conocida] en el sur.
        (El {o0}|La {q0}) era casi [nuevo|nueva].
        (Los {m1}|Las {f1}) eran muy [antiguos|antiguas].
        (Los {o1}|Las {q1}) eran muy [distintos|distintas].
        (Los {m1}|Las {f1}) son más [pequeños|pequeñas] que antes.
        (Los {o1}|Las {q1}) son casi siempre [negros|negras].
        (El {o0}|La {q0}) es [blanco|blanca] y azul.
        (El {o0}|La {q0}) más [moderno|moderna] está en Madrid.
        (Un {o0}|Una {q0}) poco [conocido|conocida] se conserva en Roma.
        (El {m0}|La {f0}) está [lleno|llena] de gente.
        (El {m0}|La {f0}) estaba [cubierto|cubierta] de nieve.
        (El {m0}|La {f0}) está [situado|situada] en la costa.
        (El {o0}|La {q0}) está [compuesto|compuesta] de dos partes.
        (El {o0}|La {q0}) fue [escrito|escrita] en latín.
        (El {m0}|La {f0}) queda [abierto|abierta] hasta la noche.
        (Un {o0}|Una {q0}) [dedicado|dedicada] al rey está en Roma.
        (Un {m0}|Una {f0}) [llamado|llamada] así está en el sur.
        (El {m0}|La {f0}) no era tan [limpio|limpia] como hoy.
        (Los {p1} son|Las mujeres son) muy [conocidos|conocidas] en España.
        (El {p0}|La {w0}) estaba [vivo|viva] todavía.
        (El {p0}|La {w0}) no era [español|española].
        (Un {p0}|Una {w0}) [italiano|italiana] vivió en Roma.
        (El {p0}|La {w0}) era tan [alto|alta] como su padre.
        (El {m0}|La {f0}) es más [estrecho|estrecha] en el norte.
        (Los {m1}|Las {f1}) quedan muy [separados|separadas] de la costa.
        (Los {o1}|Las {q1}) son hoy menos [modernos|modernas].
        (Los {m1}|Las {f1}) son demasiado [largos|largas].
        (El {o0}|La {q0}) fue [creado|creada] por un maestro.
    """,
    "number_adjective": """
        (El {m0} era|Los {m1} eran) muy [antiguo|antiguos].
        (La {f0} era|Las {f1} eran) muy [antigua|antiguas].
        (La {f0} es|Las {f1} son) muy [pequeña|pequeñas].
        (El {m0} es|Los {m1} son) demasiado [pequeño|pequeños].
        (El {m0} era|Los {m1} eran) más [largo|largos] que antes.
        (La {f0} era|Las {f1} eran) más [larga|largas] que antes.
        Hay (un {m0}|unos {m1}) muy [conocido|conocidos] al norte.
        Hay (una {f0}|unas {f1}) muy [conocida|conocidas] en el sur.
        (El {o0} era|Los {o1} eran) casi [nuevo|nuevos].
        (La {q0} era|Las {q1} eran) casi [nueva|nuevas].
        (El {o0} es|Los {o1} son) siempre [distinto|distintos].
        (La {q0} es|Las {q1} son) bastante [distinta|distintas].
        El rey vio (un {o0}|unos {o1}) [negro|negros].
        (La {q0} es|Las {q1} son) casi siempre [negra|negras].
        (El {m0} es|Los {m1} son) muy [importante|importantes].
        (La {f0} es|Las {f1} son) poco [importante|importantes] hoy.
        (El {p0} era|Los {p1} eran) muy [noble|nobles].
        (La {f0} era|Las {f1} eran) más [rica|ricas] que hoy.
        (El {o0} es|Los {o1} son) bastante [difícil|difíciles].
        (El {p0} era|Los {p1} eran) muy [pobre|pobres].
        (El {p0} era|Los {p1} eran) muy [joven|jóvenes] todavía.
        (El {p0} no era|Los {p1} no eran) [libre|libres].
        (La {q0} es|Las {q1} son) muy [frecuente|frecuentes] en España.
        (El {p0} es|Los {p1} son) [español|españoles].
        (El {p0} está|Los {p1} están) [muerto|muertos].
        (El {p0} estaba|Los {p1} estaban) [vivo|vivos] todavía.
        (El {m0} está|Los {m1} están) [situado|situados] en la costa.
        (El {m0} está|Los {m1} están) muy [separado|separados] del mar.
        (La {f0} está|Las {f1} están) [cubierta|cubiertas] de nieve.
        (El {o0} es|Los {o1} son) [visible|visibles] desde lejos.
        (La {q0} es|Las {q1} son) menos [moderna|modernas] que antes.
        (La {f0} es|Las {f1} son) muy [alta|altas].
        (El {o0} era|Los {o1} eran) bastante [moderno|modernos] entonces.
    """,
    "subject_verb": """
        (El {m0}|Los {m1}) [está|están] en el norte de España.
        (La {f0}|Las {f1}) [ocupa|ocupan] una gran superficie.
        (El {m0}|Los {m1}) [recibe|reciben] muchas visitas.
        (La {f0}|Las {f1}) [conserva|conservan] su antiguo nombre.
        (La {d0}|Las {d1}) [pertenece|pertenecen] a España.
        (El {m0}|Los {m1}) [debe|deben] su nombre a un rey.
        (La {f0}|Las {f1}) [tiene|tienen] más de mil años.
        (El {m0}|Los {m1}) [sirve|sirven] de frontera.
        (La {f0}|Las {f1}) [fue|fueron] de los romanos.
        (El {p0}|Los {p1}) [murió|murieron] en Roma.
        (El {p0}|Los {p1}) [estuvo|estuvieron] muchos años en Madrid.
        (El {p0}|Los {p1}) [perdió|perdieron] la guerra.
        (El {p0}|Los {p1}) [llegó|llegaron] a la ciudad.
        (El {p0}|Los {p1}) [tuvo|tuvieron] muchos hijos.
        (El {p0}|Los {p1}) [dio|dieron] su vida por la ciudad.
        (El {p0}|Los {p1}) [vio|vieron] el mar desde la torre.
        (El {p0}|Los {p1}) [salió|salieron] de la ciudad.
        (El {p0}|Los {p1}) [volvió|volvieron] a su país.
        (El {p0}|Los {p1}) [empezó|empezaron] a escribir.
        (El {p0}|Los {p1}) [trabajaba|trabajaban] en la corte.
        (El {p0}|Los {p1}) [estaba|estaban] en el palacio.
        (El {p0}|Los {p1}) [tenía|tenían] poco dinero.
        (El {p0}|Los {p1}) [podía|podían] salir de allí.
        (El {p0}|Los {p1}) [había|habían] perdido la guerra.
        (El {p0}|Los {p1}) ya no [vive|viven] allí.
        (El {o0}|Los {o1}) [explica|explican] muchas cosas.
        (El {o0}|Los {o1}) [trata|tratan] de la guerra.
        (La {q0}|Las {q1}) [representa|representan] al rey.
        (La {q0}|Las {q1}) [cuenta|cuentan] la historia del país.
        (La {q0}|Las {q1}) no [existe|existen] todavía.
        (El {c0}|Los {c1}) [depende|dependen] de la agricultura.
        (La {d0}|Las {d1}) [carece|carecen] de agua.
    """,
    "subject_verb_attractor": """
        (El nombre de los {c1}|Los nombres del {c0}) [procede|proceden] del latín.
        (El nombre de las {d1}|Los nombres de la {d0}) [aparece|aparecen] en el mapa.
        (El animal de las {d1}|Los animales de la {d0}) [vive|viven] en el agua.
        (La calle de los {c1}|Las calles del {c0}) [conserva|conservan] su nombre.
        (El límite de los {c1}|Los límites del {c0}) [está|están] en el río.
        (El camino de las {d1}|Los caminos de la {d0}) [pasa|pasan] por la sierra.
        (La frontera de los {c1}|Las fronteras del {c0}) [llega|llegan] hasta el mar.
        (La tierra de los {c1}|Las tierras del {c0}) [pertenece|pertenecen] al rey.
        (El rey de las {d1}|Los reyes de la {d0}) [murió|murieron] en la guerra.
        (El rey de los {c1}|Los reyes del {c0}) [perdió|perdieron] la batalla.
        (El hijo de los {p1}|Los hijos del {p0}) [regresó|regresaron] a Roma.
        (El hijo de los {p1}|Los hijos del {p0}) [estaba|estaban] en el palacio.
        (La obra de los {p1}|Las obras del {p0}) [está|están] en Madrid.
        (El libro de los {p1}|Los libros del {p0}) [tuvo|tuvieron] éxito.
        (El problema de las {d1}|Los problemas de la {d0}) [es|son] de otra época.
        (La casa de los {p1}|Las casas del {p0}) [tiene|tienen] dos puertas.
        (La torre de las iglesias|Las torres de la iglesia) [es|son] de piedra.
        (El puerto de las islas|Los puertos de la isla) [recibe|reciben] muchos barcos.
        (El puente de los {c1}|Los puentes del {c0}) [fue|fueron] de madera.
        (El mercado de las {d1}|Los mercados de la {d0}) [abre|abren] por la mañana.
        (El río de los valles|Los ríos del valle) [nace|nacen] en la montaña.
        (La ley de los {p1}|Las leyes del {p0}) [permite|permiten] el comercio.
        (El soldado de los reyes|Los soldados del rey) [salió|salieron] de la ciudad.
        (El médico de las {d1}|Los médicos de la {d0}) [llega|llegan] tarde.
        (La fiesta de los {c1}|Las fiestas del {c0}) [empezó|empezaron] en mayo.
        (La montaña de las islas|Las montañas de la isla) [llega|llegan] a mil metros.
        (El edificio de las universidades|Los edificios de la universidad) [ocupa|ocupan] el centro.
        (El hermano de los {p1}|Los hermanos del {p0}) [volvió|volvieron] a España.
        (El cuadro de los {p1}|Los cuadros del {p0}) [representa|representan] una batalla.
        (La novela de los {p1}|Las novelas del {p0}) [cuenta|cuentan] la vida de un rey.
        (La carta de los {p1}|Las cartas del {p0}) [explica|explican] muchas cosas.
        (El rey de las {d1}|Los reyes de la {d0}) [tenía|tenían] mucho poder.
        (El maestro de las escuelas|Los maestros de la escuela) [había|habían] llegado de Francia.
        (La puerta de los palacios|Las puertas del palacio) [queda|quedan] al norte.
    """,
    "subject_verb_relative": """
        (El rey que fundó|Los reyes que fundaron) la ciudad [murió|murieron] en Roma.
        (El rey que perdió|Los reyes que perdieron) la guerra [salió|salieron] del país.
        (El {p0} que llegó|Los {p1} que llegaron) de Francia [trabajó|trabajaron] en Madrid.
        (El {p0} que vive|Los {p1} que viven) aquí [sale|salen] de noche.
        (El {p0} que tenía|Los {p1} que tenían) tierras [podía|podían] votar.
        (El {p0} que está|Los {p1} que están) en la corte [tiene|tienen] poder.
        (El {p0} que los reyes llamaron|Los {p1} que el rey llamó) a Madrid [llegó|llegaron] tarde.
        (El {p0} que las mujeres vieron|Los {p1} que la mujer vio) en la plaza [estaba|estaban] lejos.
        (El libro que los {p1} dejaron|Los libros que el {p0} dejó) en Roma [es|son] de gran valor.
        (El cuadro que los {p1} vieron|Los cuadros que el {p0} vio) [está|están] en el museo.
        (La obra que los {p1} crearon|Las obras que el {p0} creó) [tiene|tienen] mucho éxito.
        (La casa que los {p1} tenían|Las casas que el {p0} tenía) en Madrid [fue|fueron] de su padre.
        (La ley que los reyes dieron|Las leyes que el rey dio) [permite|permiten] el comercio.
        (La carta que los reyes recibieron|Las cartas que el rey recibió) [trata|tratan] de la guerra.
        (La moneda que usan los pueblos|Las monedas que usa el pueblo) [lleva|llevan] el nombre del rey.
        (El río que cruza las {f1}|Los ríos que cruzan la {f0}) [nace|nacen] en la montaña.
        (El camino que une las {d1}|Los caminos que unen la {d0}) con el mar [pasa|pasan] por aquí.
        (El puente que une las orillas|Los puentes que unen las orillas) [es|son] de piedra.
        (El pueblo que está entre los {c1}|Los pueblos que están en el {c0}) [carece|carecen] de agua.
        (La isla que está entre las costas|Las islas que están en la costa) [pertenece|pertenecen] a Francia.
        (La ciudad que tiene museos|Las ciudades que tienen un museo) [recibe|reciben] visitas.
        (La montaña que separa los valles|Las montañas que separan el valle) [llega|llegan] a mil metros.
        (La torre que está entre las plazas|Las torres que están en la plaza) [existe|existen] todavía.
        (El soldado que los reyes vieron|Los soldados que el rey vio) [volvió|volvieron] a su país.
        (El médico que vio las plantas|Los médicos que vieron la planta) [siguió|siguieron] su camino.
        (El hijo que trabajaba para las mujeres|Los hijos que trabajaban para la mujer) [murió|murieron].
        (El barco que salió de los puertos|Los barcos que salieron del puerto) [llevaba|llevaban] oro.
        (El poeta que estaba entre los reyes|Los poetas que estaban con el rey) [había|habían] nacido aquí.
        (El animal que vive en los ríos|Los animales que viven en el río) [busca|buscan] la sombra.
        (La planta que crece en las rocas|Las plantas que crecen en la roca) [tiene|tienen] poca agua.
        (El libro que trata de los {m1}|Los libros que tratan del {m0}) [explica|explican] muchas cosas.
        (El barrio que está junto a las {f1}|Los barrios que están junto a la {f0}) [tiene|tienen] fama.
        (El niño que salió con los perros|Los niños que salieron con el perro) [volvió|volvieron] tarde.
    """,
    "ser_estar": """
        El {p0} [es|está] (un hombre muy conocido|en Madrid).
        El {p0} [era|estaba] (un hombre de Roma|en la corte).
        Los {p1} [son|están] (hombres de otra época|en el palacio).
        Los {p1} [eran|estaban] (hijos de un rey|lejos de su casa).
        El {p0} [fue|estuvo] (hijo de otro rey|dos años en Roma).
        Los {p1} [fueron|estuvieron] (hermanos de un rey|un mes en Madrid).
        El {m0} [es|está] (un lugar muy conocido|al sur de la ciudad).
        La {f0} [es|está] (un lugar muy antiguo|cerca de la costa).
        El {m0} [era|estaba] (el lugar más conocido|lejos de la costa).
        Los {m1} [son|están] (lugares muy conocidos|al norte de Madrid).
        Las {f1} [eran|estaban] (lugares sin nombre|cerca del mar).
        El puente [es|está] (de piedra|cerca del río).
        La torre [es|está] (de madera|al norte de la plaza).
        El palacio [era|estaba] (de un rey|lleno de gente).
        La iglesia [era|estaba] (del siglo XV|llena de gente).
        Las calles [son|están] (de piedra|cerca del río).
        Los barrios [eran|estaban] (de otra época|en el centro).
        La ciudad [es|está] (la capital del reino|entre dos ríos).
        El país [era|estaba] (una república|en guerra con Francia).
        El reino [era|estaba] (una provincia de Roma|en guerra).
        Madrid [es|está] (la capital de España|en el centro del país).
        Roma [era|estaba] (la capital del mundo|llena de templos).
        Francia [es|está] (un país de Europa|al norte de España).
        El agua [es|está] (un líquido|dentro de la tierra).
        El libro [es|está] (una obra del siglo XX|dentro de la casa).
        La carta [era|estaba] (una obra del rey|dentro del libro).
        Las monedas [son|están] (de oro|dentro de la tumba).
        El cuadro [es|está] (una obra de Velázquez|en un museo).
        La reina [era|estaba] (hija de un rey|en su palacio).
        La mujer [es|está] (la madre del niño|dentro de la casa).
        El rey [era|estaba] (su padre|de acuerdo con ella).
        El hombre [es|está] (el dueño de la casa|siguiendo el mismo camino).
        La hija [es|está] (la madre de un rey|dejando la ciudad).
    """,
    "clitics": """
        (El {o0}|La {q0}) [lo|la] escribió un rey.
        (El {o0}|La {q0}) [lo|la] vendió un hombre de Roma.
        (El {o0}|La {q0}) [lo|la] encontró un pastor.
        (El {o0}|La {q0}) no [lo|la] vio nadie.
        (El {o0}|La {q0}) [lo|la] dejó el rey en Madrid.
        (El {o0}|La {q0}) [lo|la] perdió su dueño.
        (El {o0}|La {q0}) [lo|la] guarda un museo de Madrid.
        (El {o0}|La {q0}) [lo|la] recibió el rey de su padre.
        (El {m0}|La {f0}) [lo|la] construyó un rey.
        (El {m0}|La {f0}) [lo|la] describió un poeta.
        (El {m0}|La {f0}) [lo|la] abandonó la gente.
        (El {m0}|La {f0}) [lo|la] conoce todo el mundo.
        (El {m0}|La {f0}) [lo|la] destruyó un terremoto.
        (El {m0}|La {f0}) [lo|la] defendió el pueblo.
        (Los {o1}|Las {q1}) [los|las] escribió un rey.
        (Los {o1}|Las {q1}) [los|las] publicó su hijo.
        (Los {o1}|Las {q1}) [los|las] llevó el rey a Madrid.
        (Los {o1}|Las {q1}) [los|las] creó un maestro.
        (Los {m1}|Las {f1}) [los|las] recorrió el rey.
        (Los {m1}|Las {f1}) [los|las] fundaron los romanos.
        (Los {m1}|Las {f1}) [los|las] ocuparon los franceses.
        (El {o0}|Los {o1}) [lo|los] escribió un rey.
        (El {o0}|Los {o1}) [lo|los] estudió un médico.
        (El {o0}|Los {o1}) [lo|los] tiene su hijo.
        (La {q0}|Las {q1}) [la|las] encontró un pastor.
        (La {q0}|Las {q1}) [la|las] tomó el rey.
        (La {q0}|Las {q1}) [la|las] puso el rey sobre la mesa.
        (La {f0}|Las {f1}) [la|las] construyó un rey.
        (La {f0}|Las {f1}) no [la|las] conoce nadie.
        (El {m0}|Los {m1}) [lo|los] cruzó el rey.
        (Al {p0}|A la {w0}) [lo|la] vieron en Roma.
        (Al {p0}|A los {p1}) [lo|los] llevaron a Madrid.
        (El {o0}|La {q0}) que estaba en el palacio [lo|la] tomó el rey.
    """,
    "prepositions": """
        La {d0} (depende|pertenece) [de|a] España.
        Las {d1} (dependen|pertenecen) [de|a] Francia.
        El {p0} (dejó|comenzó) [de|a] escribir.
        El {p0} (dejó|empezó) [de|a] viajar.
        Los {p1} (dejaron|empezaron) [de|a] trabajar.
        El {p0} (tardó|comenzó) [en|a] llegar.
        El {p0} (tardó|dejó) [en|de] trabajar.
        El {p0} (trató|empezó) [de|a] volver.
        El {p0} (trató|tardó) [de|en] salir.
        El {p0} (aprendió|tardó) [a|en] leer.
        Los {p1} (tardaron|empezaron) [en|a] entrar.
        El {p0} fue (capaz|obligado) [de|a] volver.
        (Gracias|Después) [a|de] la guerra, la {d0} creció.
        (Gracias|Antes) [a|de] esa obra era conocido.
        El {m0} cayó (debido|después) [a|de] la guerra.
        El {c0} está (lejos|unido) [de|a] la costa.
        El {m0} está (dentro|unido) [de|a] la ciudad.
        El {c0} (carece|cuenta) [de|con] grandes ríos.
        El {c0} (dispone|cuenta) [de|con] minas de hierro.
        El {p0} (renunció|carece) [a|de] la corona.
        Todo (depende|se refiere) [de|a] la guerra.
        La cantidad (depende|equivale) [de|a] otra mayor.
        El {p0} se (casó|dedicó) [con|a] otra mujer.
        El {p0} (comenzó|dejó) [a|de] estudiar.
        El {c0} (limita|depende) [con|de] Francia.
        El {c0} (limita|carece) [con|de] muchos países.
        La {d0} (se convirtió|dependía) [en|de] un reino.
        El {c0} (se divide|pertenece) [en|a] dos reinos.
        El {c0} (se divide|depende) [en|de] dos partes.
        La obra (consiste|pertenece) [en|a] un libro.
        La obra (se divide|carece) [en|de] tres partes.
        El {p0} (acabó|dependía) [con|de] la guerra.
        El {c0} (forma parte|está unido) [de|a] España.
    """,
    "accents": """
        (Su|El {p0}) [trabajo|trabajó] (fue largo|en Madrid).
        (El|El {p0}) [estudio|estudió] (es largo|en Madrid).
        (El rey dio un|El camino) [paso|pasó] (hacia el río|por el río).
        (Fue el|La guerra) [término|terminó] (de la guerra|en mayo).
        (El hijo perdió el|El rey) [mando|mandó] (de la ciudad|construir una torre).
        (Fue el|El rey) [abandono|abandonó] (de una idea|la ciudad).
        (Tras su|El rey) [regreso|regresó] (murió|a Madrid).
        (Hubo un|El rey) [cambio|cambió] (en la ley|la ley).
        (Con el|El rey) [apoyo|apoyó] (de todos volvió|la reforma).
        (El {p0} perdió su|El {p0}) [empleo|empleó] (en Madrid|el método).
        (El hijo dio un|El rey) [impulso|impulsó] (al comercio|el comercio).
        (Es un|El médico) [registro|registró] (importante|la temperatura).
        (El {p0} escribió un|El {p0}) [ensayo|ensayó] (en Roma|el método).
        (Es un|El pintor) [retrato|retrató] (del rey|al rey).
        (Tras su|El rey) [traslado|trasladó] (murió|la corte a Madrid).
        (Es de uso|El {p0}) [público|publicó] (y libre|un libro).
        (Fue un|El rey) [encargo|encargó] (del rey|un cuadro).
        (En la|El {p0}) [práctica|practica] (no sirve|la música).
        (La|El pueblo) [fábrica|fabrica] (es moderna|barcos).
        (En|El {p0}) [esta|está] (ciudad hay agua|en Madrid).
        [Esta|Está] ({d0} es antigua|en el sur de la {d0}).
        Murió con [el|él] (rey|toda su familia).
        Entre [el|él] (mar y|y) la montaña hay un valle.
        [El|Él] ({p0} murió|murió) en Roma.
        El rey habla de [si|sí] (hay agua|mismo).
        No se sabe [qué|que] ({p0}|el {p0}) lo hizo.
        (Fue él|No se sabe) [quien|quién] fundó la ciudad.
        (En|No se sabe) [cuanto|cuánto] (llegó, murió|mide).
        (El camino va|El {p0}) [hacia|hacía] (el río|la guerra).
        (Es un|El médico) [cálculo|calculó] (difícil|la distancia).
        (Es una línea|La guerra) [continua|continúa] (y larga|en el norte).
        (El rey escribió un|El rey) [libro|libró] (en Roma|una batalla).
        (Es un|El rey) [caso|casó] (raro|a su hija).
        (Es un|El rey) [desarrollo|desarrolló] (natural|el comercio).
        (El teatro está|El rey) [lleno|llenó] (de gente|la plaza).
        (Es un precio|El rey) [fijo|fijó] (desde entonces|el precio).
        (El rey subió al|El rey) [cerro|cerró] (con su hijo|la puerta).
    """,
    "gender_distance": """
        (El {m0} que está cerca de la {f0}|La {f0} que está cerca del {m0}) es muy [antiguo|antigua].
        (El {m0} que cruza la {f0}|La {f0} que cruza el {m0}) es muy [largo|larga].
        (El {m0} que se ve desde la {f0}|La {f0} que se ve desde el {m0}) es muy [alto|alta].
        (El {m0} de la {d0}|La {f0} del {c0}) fue [fundado|fundada] por un rey.
        (El {m0} de la {d0}|La {f0} del {c0}) quedó [abierto|abierta] hasta la noche.
        (El {o0} de la reina|La {q0} del rey) era casi [nuevo|nueva].
        (El {o0} que escribió la {w0}|La {q0} que escribió el {p0}) es muy [conocido|conocida].
        (El {o0} que guarda la {d0}|La {q0} que guarda el {c0}) es [único|única].
        (El {o0} sobre la guerra|La {q0} sobre el rey) fue [escrito|escrita] en Roma.
        (El {o0} que está en la iglesia|La {q0} que está en el museo) es [negro|negra].
        (El {p0} que vivió con la {w0}|La {w0} que vivió con el {p0}) no era [español|española].
        (El {p0} que conoció a la {w0}|La {w0} que conoció al {p0}) era [italiano|italiana].
        (El hijo de la {w0}|La hija del {p0}) era muy [alto|alta].
        (El amigo de la {w0}|La madre del {p0}) estaba todavía [vivo|viva].
        (Los {m1} de la {d0}|Las {f1} del {c0}) son muy [antiguos|antiguas].
        (Los {m1} que están junto a la {f0}|Las {f1} que están junto al {m0}) son [pequeños|pequeñas].
        (Los {o1} de la reina|Las {q1} del rey) eran [distintos|distintas].
        (Los {o1} que dejó la {w0}|Las {q1} que dejó el {p0}) son hoy muy [conocidos|conocidas].
        (Los {p1} que viven en las islas|Las mujeres que viven en los barrios) son [humanos|humanas].
        (El {m0}, cerca de la {f0}, está|La {f0}, cerca del {m0}, está) [lleno|llena] de gente.
        (El {m0}, como la {f0}, estaba|La {f0}, como el {m0}, estaba) [cubierto|cubierta] de nieve.
        (El {m0}, según la leyenda, fue|La {f0}, según el libro, fue) [creado|creada] por un dios.
        (El {c0}, al norte de la {d0}, es|La {d0}, al norte del {c0}, es) muy [rojo|roja].
        (Un {m0} con una gran torre|Una {f0} con un gran puente) está [situado|situada] en la costa.
        (Un {o0} con la figura de la reina|Una {q0} con el nombre del rey) es muy [antiguo|antigua].
        (El {o0} de la escuela|La {q0} del maestro) está [compuesto|compuesta] de dos partes.
        (El {o0} para la {w0}|La {q0} para el {p0}) era muy [distinto|distinta].
        (El {m0} que une la {d0} con la costa|La {f0} que une el {c0} con el mar) es [estrecho|estrecha].
        (El {o0} del que habla la carta|La {q0} de la que habla el libro) está [perdido|perdida].
        (El {m0} al que llegó la reina|La {f0} a la que llegó el rey) era muy [pequeño|pequeña].
        (El {o0} que describe la historia|La {q0} que describe el texto) no es [moderno|moderna].
        (El {p0} que nació en la {d0}|La {w0} que nació en el {c0}) fue [llamado|llamada] a Madrid.
    """,
    "subjunctive": """
        (Es cierto|No es posible) que el {p0} [es|sea] de Roma.
        (Es cierto|No es necesario) que el {o0} [es|sea] nuevo.
        (Se sabe|No es posible) que la {q0} [es|sea] de oro.
        (Se sabe|El rey no permite) que el {c0} [es|sea] libre.
        (El rey sabe|El rey no permite) que su hijo [es|sea] médico.
        (El rey tiene un hijo|El rey no tiene ningún hijo) que [es|sea] médico.
        (Hay un {p0}|No hay ningún {p0}) que [es|sea] de esa isla.
        (Es cierto|No es posible) que el {p0} [ha|haya] muerto.
        (Se sabe|No es posible) que el {p0}, como su padre, [ha|haya] llegado a Madrid.
        (Hay un {p0}|No hay ningún {p0}) que [ha|haya] visto el mar.
        (Hay una {q0}|No hay ninguna {q0}) que [ha|haya] llegado hasta hoy.
        (Es cierto|Es imposible) que la {d0} [ha|haya] perdido su nombre.
        (Se sabe|No es posible) que el agua [puede|pueda] salir.
        (Es cierto|No es necesario) que el {p0} [puede|pueda] leer latín.
        (El {p0} sabe|El {p0} impide) que la reina [puede|pueda] volver.
        (El {p0} demostró|El {p0} no permitió) que la carta [podía|pudiera] llegar.
        (El {p0} supo|El {p0} impidió) que su hijo [podía|pudiera] salir.
        (La reina descubrió|La reina no quiso) que su hijo [podía|pudiera] volver.
        (El {p0} descubrió|El {p0} no quiso) que la {w0} [era|fuera] su hija.
        (El {p0} supo|El {p0} no permitió) que su hijo [era|fuera] médico.
        (El {p0} comprobó|El {p0} no pidió) que el agua [era|fuera] dulce.
        (El {p0} vio|El {p0} no quería) que la ciudad [era|fuera] rica.
        (El {p0} demostró|El {p0} impidió) que las {q1} [eran|fueran] de oro.
        (La {w0} descubrió|La {w0} no quería) que sus hijos [eran|fueran] soldados.
        (El {p0} supo|El {p0} no quería) que las {d1} [eran|fueran] libres.
        (Se sabe|No quiso nadie) que el {p0} [fue|fuera] rey de la {d0}.
        (El {p0} supo|El {p0} prefirió) que su padre [fue|fuera] maestro.
        El rey lo hizo (ya que|para que) el pueblo [era|fuera] libre.
        El {p0} volvió (ya que|sin que) la guerra [era|fuera] larga.
        El pueblo trabaja (ya que|para que) la tierra [es|sea] buena.
        El rey llegó (cuando|antes de que) la ciudad [era|fuera] la capital.
        El rey viaja (ya que|sin que) su hijo [puede|pueda] gobernar.
    """,
    "sequence_of_tenses": """
        El {p0} vive (como si|para que) su hijo [fuera|sea] rey.
        El {p0} habla (como si|para que) la ley [fuera|sea] de todos.
        La {w0} trabaja (como si|para que) la casa [fuera|sea] suya.
        El pueblo trabaja (como si|para que) la tierra [fuera|sea] rica.
        El {p0} escribe (como si|para que) su nombre [fuera|sea] conocido.
        El {p0} busca agua (como si|para que) el valle [fuera|sea] un jardín.
        El {p0} viaja (como si|para que) el mundo [fuera|sea] de todos.
        La {d0} vive (como si|ya que) [fuera|es] la capital.
        El {p0} vive (como si|ya que) [fuera|es] dueño de todo.
        La {w0} habla (como si|ya que) [fuera|es] la reina.
        El {p0} escribe (como si|ahora que) [fuera|es] libre.
        El {p0} trabaja (como si|ahora que) [fuera|es] joven.
        El {m0} se ve (como si|ya que) [fuera|es] de oro.
        La {q0} pesa (como si|ya que) [fuera|es] de hierro.
        El {p0} habla (como si|ya que) su padre [fuera|es] rey.
        El {p0} habla (como si|ahora que) [pudiera|puede] ver el mar.
        La {w0} viaja (como si|ahora que) [pudiera|puede] volver.
        El {p0} vive (como si|ya que) nadie [pudiera|puede] entrar.
        El {p0} trabaja (como si|para que) su hijo [pudiera|pueda] estudiar.
        El {p0} escribe (como si|para que) el pueblo [pudiera|pueda] leer.
        El {p0} habla (como si|para que) todo el mundo [pudiera|pueda] hablar.
        Los {p1} viven (como si|ya que) [fueran|son] reyes.
        Los {p1} hablan (como si|ya que) [fueran|son] hermanos.
        Los {p1} viajan (como si|ahora que) [fueran|son] jóvenes.
        Las {q1} pesan (como si|ya que) [fueran|son] de hierro.
        La {d0} crece (como si|para que) [fuera|sea] la capital.
        El {p0} trabaja (como si|ya que) la guerra [fuera|es] larga.
        La {w0} vive (como si|ahora que) [fuera|es] libre.
        Los {p1} viven (como si|ahora que) [fueran|son] muy pobres.
        El {p0} cierra la puerta (como si|para que) el agua [pudiera|pueda] entrar.
        (Cuando llegó|Cuando llegue) el rey, la guerra [terminó|terminará].
        (Cuando murió|Cuando muera) el {p0}, su hijo [fue|será] rey.
        (Cuando volvió|Cuando vuelva) el {p0}, la {d0} [tuvo|tendrá] agua.
        (Antes de que llegara|Antes de que llegue) el {p0}, la gente [salió|saldrá] de allí.
        (El año pasado|El próximo año) los {p1} de la {d0} [tuvieron|tendrán] más dinero.
        (En el siglo pasado|Dentro de cien años) la {d0} [tuvo|tendrá] más habitantes.
        (Hace mil años|Dentro de mil años), según el libro, el {m0} [fue|será] más grande.
    """,
    "reflexives": """
        (El rey|La reina) pensaba solo en sí [mismo|misma].
        (El {p0}|La {w0}) habla siempre de sí [mismo|misma].
        (El hombre|La mujer) trabajaba para sí [mismo|misma].
        (El {p0}|La {w0}) escribió una obra sobre sí [mismo|misma].
        (El {p0}|La {w0}) se llamaba a sí [mismo|misma] libre.
        (Un {p0}|Una {w0}) puede verse a sí [mismo|misma].
        (El padre|La madre) guarda el pan para sí [mismo|misma].
        (El dios|La diosa) creó el mundo por sí [mismo|misma].
        (El {m0}|La {f0}) no tiene valor en sí [mismo|misma].
        (El {o0}|La {q0}) no significa nada por sí [mismo|misma].
        (El {c0}|La {d0}) se basta a sí [mismo|misma].
        (El {c0}|La {d0}) produce lo necesario para sí [mismo|misma].
        (El rey de la isla|La reina del valle) pensaba en sí [mismo|misma].
        (El hijo de la {w0}|La hija del {p0}) habla de sí [mismo|misma].
        (El hombre que estaba con la {w0}|La mujer que estaba con el {p0}) habla de sí [mismo|misma].
        (El rey que fundó la {d0}|La reina que fundó el {m0}) dejó escrito mucho de sí [mismo|misma].
        (El príncipe|La princesa) está en guerra consigo [mismo|misma].
        (El {p0}|La {w0}) vive en paz consigo [mismo|misma].
        (El niño|La niña) habla a veces consigo [mismo|misma].
        (El rey no habla|Los reyes no hablan) de sí [mismo|mismos].
        (El {p0} trabajaba|Los {p1} trabajaban) solo para sí [mismo|mismos].
        (El {p0} dejó|Los {p1} dejaron) mucho escrito sobre sí [mismo|mismos].
        (El {m0} tiene|Los {m1} tienen) poco valor en sí [mismo|mismos].
        (La {f0} no tiene|Las {f1} no tienen) valor en sí [misma|mismas].
        (El {o0} lo explica|Los {o1} lo explican) todo por sí [mismo|mismos].
        (La {q0} lo explica|Las {q1} lo explican) todo por sí [misma|mismas].
        (El {c0} no se ve|Los {c1} no se ven) a sí [mismo|mismos].
        (La {d0} produce|Las {d1} producen) el trigo para sí [misma|mismas].
        (La mujer vive|Las mujeres viven) en paz consigo [misma|mismas].
        (El {p0} que vio a los reyes habla|Los {p1} que vieron al rey hablan) de sí [mismo|mismos].
        (La mujer que vio a las otras habla|Las mujeres que vieron a la otra hablan) de sí [misma|mismas].
        (El rey de los {c1} está|Los reyes del {c0} están) en guerra consigo [mismo|mismos].
        (Los reyes|Las mujeres) dejaron escrito algo sobre sí [mismos|mismas].
    """,
}

GRAMMAR = GrammarFacts(
    frozenset(_CLOSED_CLASSES.split()),
    {name: tuple(words.split()) for name, words in _WORDS.items()},
    {name: tuple(map(str.strip, lines.strip().splitlines())) for name, lines in _PHENOMENA.items()},
)
