"""What is MediaWiki's own in every language, as data. English names work in every edition of Wikipedia."""

FILE_NAMESPACES = frozenset({"file", "image"})
"""[[File:…]] shows a picture: it goes, caption included. In lower case, like the other names."""

CATEGORY_NAMESPACES = frozenset({"category"})
"""[[Category:…]] shows nothing in its place; [[:Category:…]] is an ordinary link."""

MEDIA_NAMESPACES = frozenset({"media"})
"""[[Media:hymn.ogg|the hymn]] is a link, and its text is shown."""

TEMPLATE_NAMESPACE = "template:"
"""{{Template:Clear}} is {{Clear}}."""

_LANGLIST = """
    aa ab ace ady aeb af ak als alt am ami an ang anp ar arc ary arz as ast atj av avk awa ay az azb ba
    ban bar bat-smg bcl bdr be be-tarask be-x-old bew bg bh bi bjn blk bm bn bo bpy br bs btm bug bxr ca
    cbk-zam cdo ce ceb ch cho chr chy ckb cmn co cr crh cs csb cu cv cy cz da dag de dga din diq dk dsb
    dty dv dz ee el eml en eo es et eu ext fa fat ff fi fiu-vro fj fo fr frp frr fur fy ga gag gan gcr gd
    gl glk gn gom gor got gpe gsw gu guc gur guw gv ha hak haw he hi hif ho hr hsb ht hu hy hyw hz ia iba
    id ie ig igl ii ik ilo inh io is it iu ja jam jbo jp jv ka kaa kab kbd kbp kcg kg ki kj kk kl km kn
    knc ko koi kr krc ks ksh ku kus kv kw ky la lad lb lbe lez lfn lg li lij lld lmo ln lo lrc lt ltg lv
    lzh mad mai map-bms mdf mg mh mhr mi min minnan mk ml mn mni mnw mo mos mr mrj ms mt mus mwl my myv
    mzn na nah nan nap nb nds nds-nl ne new ng nia nl nn no nov nqo nr nrm nso nv ny oc olo om or os pa
    pag pam pap pcd pcm pdc pfl pi pih pl pms pnb pnt ps pt pwn qu rki rm rmy rn ro roa-rup roa-tara rsk
    ru rue rup rw sa sah sat sc scn sco sd se sg sgs sh shi shn shy si simple sk skr sl sm smn sn so sq sr
    srn sro ss st stq su sv sw szl szy ta tay tcy tdd te tet tg th ti tig tk tl tlh tly tn to tok tokipona
    tpi tr trv ts tt tum tw ty tyv udm ug uk ur uz ve vec vep vi vls vo vro wa war wo wuu xal xh xmf yi yo
    yue za zea zgh zh zh-cfr zh-classical zh-cn zh-min-nan zh-tw zh-yue zu
"""
LANGUAGE_PREFIXES = frozenset(_LANGLIST.split())
"""[[en:Tower]] is the page in another edition: not shown. Wikimedia's list (langlist), and older codes."""

MAGIC_WORDS = frozenset(
    {
        "DISAMBIG", "EXPECTUNUSEDCATEGORY", "EXPECTUNUSEDTEMPLATE", "FORCETOC", "HIDDENCAT", "INDEX",
        "NEWSECTIONLINK", "NOCC", "NOCONTENTCONVERT", "NOEDITSECTION", "NOGALLERY", "NOGLOBAL",
        "NOINDEX", "NONEWSECTIONLINK", "NOTC", "NOTITLECONVERT", "NOTOC", "STATICREDIRECT", "TOC",
    }
)  # fmt: skip
"""__TOC__ and its like say how the page is shown (MediaWiki's MessagesEn.php). __LINE__ is text."""

TITLE_WORDS = frozenset({"pagename", "fullpagename", "basepagename", "subpagename"})
"""{{PAGENAME}}: the title of the article, which has no namespace and no subpages. In lower case."""

VALUES_OF_THE_WIKI = frozenset(
    {
        # Of the day on which the page is shown, and of the wiki's size.
        "currentyear", "currentmonth", "currentmonthname", "currentday", "currenttime", "localyear",
        "localmonth", "localmonthname", "localday", "localtime", "numberofarticles", "numberofusers",
        "numberofpages", "numberofedits",
        # Functions of what is not computed here.
        "plural", "padleft", "padright", "gender", "grammar", "int", "ns", "urlencode", "fullurl",
        "localurl", "filepath",
    }
)  # fmt: skip
"""Words whose value the wikitext does not hold; so are {{#expr:…}}, {{#time:…}}, {{#if:…}}."""

ADDRESS_BEGIN = (
    r"(?ai:(?:(?:ftps?|git|gopher|https?|ircs?|mms|nntp|redis|sftp|ssh|svn|telnet|worldwind):)?//"
    r"|mailto:|(?:bitcoin|geo|magnet|matrix|news|sips?|sms|tel|urn|xmpp):[^\s\[\]<>\"])"
)
"""Pattern of what makes [news:x y] a link out of the wiki ($wgUrlProtocols); [tel: 5] is text."""
