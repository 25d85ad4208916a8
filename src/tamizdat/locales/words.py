"""How each interface language writes days, months, numbers and lists.

The words are CLDR's, kept here because every reader needs them and the base install has no Babel, because the same
stories must give the same pages whatever Babel is installed, and because Babel (2.18) can answer with another
language's months once several are in use (ADR 10). ``tests/locales`` compares them with CLDR and lists, with reasons,
where we write otherwise. Bashkir, Crimean Tatar and Dari are not in CLDR; Solar Hijri months are in CLDR, not in Babel.
"""

from dataclasses import dataclass, replace
from typing import Final

_NO_BREAK_SPACE: Final = "\u00a0"


@dataclass(frozen=True, slots=True)
class Words:
    """One language. In templates ``{d}`` is the day, ``{m}`` the month's name, ``{y}`` the year."""

    months: str
    """Twelve names as they stand in a date, from the first, parted by spaces."""
    alone: str = ""
    """The same as they stand without a day, where that differs."""
    day: str = "{d} {m} {y}"
    month: str = "{m} {y}"
    moment: str = "{date}, {time} UTC"
    both: str = ", "
    """Between two names."""
    last: str = ""
    """Between the last two of three or more, where that differs."""
    comma: str = ", "
    """Between the others."""
    group: str = _NO_BREAK_SPACE
    """Between thousands."""
    digits: str = ""
    """The ten of the language, where they are not 0 to 9."""
    solar: bool = False
    """Whether months and years are Solar Hijri."""

    def day_templates(self) -> tuple[str, ...]:
        """One for each month: ``{d} ноября {y} г.``"""
        return tuple(self.day.replace("{m}", name) for name in self.months.split())

    def month_templates(self) -> tuple[str, ...]:
        """One for each month by itself: ``ноябрь {y} г.``"""
        return tuple(self.month.replace("{m}", name) for name in (self.alone or self.months).split())


_BOSNIAN: Final = Words(
    "januar februar mart april maj juni juli august septembar oktobar novembar decembar",
    day="{d}. {m} {y}.",
    month="{m} {y}.",
    moment="{date} u {time} UTC",
    both=" i ",
    group=".",
)
_SERBIAN_LATIN: Final = replace(
    _BOSNIAN, months="januar februar mart april maj jun jul avgust septembar oktobar novembar decembar"
)
_PERSIAN: Final = Words(
    "فروردین اردیبهشت خرداد تیر مرداد شهریور مهر آبان آذر دی بهمن اسفند",
    moment="{date}، {time} UTC",
    both=" و ",
    last="، و ",
    comma="، ",
    group="\u066c",
    digits="۰۱۲۳۴۵۶۷۸۹",
    solar=True,
)

WORDS: Final = {
    "az": Words("yanvar fevral mart aprel may iyun iyul avqust sentyabr oktyabr noyabr dekabr", both=" və ", group="."),
    "ba": Words(
        "ғинуар февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь",
        day="{d} {m} {y}\u00a0й.",
        month="{m} {y}\u00a0й.",
        both=" һәм ",
    ),
    "be": Words(
        "студзеня лютага сакавіка красавіка мая чэрвеня ліпеня жніўня верасня кастрычніка лістапада снежня",
        "студзень люты сакавік красавік май чэрвень ліпень жнівень верасень кастрычнік лістапад снежань",
        day="{d} {m} {y}\u00a0г.",
        both=" і ",
    ),
    "bg": Words(
        "януари февруари март април май юни юли август септември октомври ноември декември",
        day="{d} {m} {y}\u00a0г.",
        month="{m} {y}\u00a0г.",
        both=" и ",
    ),
    "bs": _BOSNIAN,
    "ce": Words(
        "январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь",
        day="{y} шеран {d} {m}",
        month="{y} шеран {m}",
    ),
    "cnr": _SERBIAN_LATIN,
    "crh": Words("yanvar fevral mart aprel mayıs iyün iyül avgust sentâbr oktâbr noyabr dekabr", both=" ve "),
    "en": Words(
        "January February March April May June July August September October November December", both=" and ", group=","
    ),
    "fa": _PERSIAN,
    "hr": replace(
        _BOSNIAN,
        months="siječnja veljače ožujka travnja svibnja lipnja srpnja kolovoza rujna listopada studenoga prosinca",
        alone="siječanj veljača ožujak travanj svibanj lipanj srpanj kolovoz rujan listopad studeni prosinac",
    ),
    "hu": Words(
        "január február március április május június július augusztus szeptember október november december",
        day="{y}. {m} {d}.",
        month="{y}. {m}",
        moment="{date} {time} UTC",
        both=" és ",
    ),
    "hy": Words(
        "հունվարի փետրվարի մարտի ապրիլի մայիսի հունիսի հուլիսի օգոստոսի սեպտեմբերի հոկտեմբերի նոյեմբերի դեկտեմբերի",
        "հունվար փետրվար մարտ ապրիլ մայիս հունիս հուլիս օգոստոս սեպտեմբեր հոկտեմբեր նոյեմբեր դեկտեմբեր",
        day="{d} {m}, {y} թ.",
        month="{y} թ. {m}",
        both=" և ",
    ),
    "ka": Words(
        "იანვარი თებერვალი მარტი აპრილი მაისი ივნისი ივლისი აგვისტო სექტემბერი ოქტომბერი ნოემბერი დეკემბერი",
        day="{d} {m}, {y}",
        month="{m}, {y}",
        both=" და ",
    ),
    "kk": Words(
        "қаңтар ақпан наурыз сәуір мамыр маусым шілде тамыз қыркүйек қазан қараша желтоқсан",
        day="{y}\u00a0ж. {d} {m}",
        month="{y}\u00a0ж. {m}",
        both=" және ",
        last=", ",
    ),
    "ky": Words(
        "январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь",
        day="{y}-ж., {d}-{m}",
        month="{y}-ж., {m}",
        both=" жана ",
    ),
    "mk": Words(
        "јануари февруари март април мај јуни јули август септември октомври ноември декември",
        day="{d} {m} {y}\u00a0г.",
        month="{m} {y}\u00a0г.",
        both=" и ",
        group=".",
    ),
    "prs": replace(_PERSIAN, months="حمل ثور جوزا سرطان اسد سنبله میزان عقرب قوس جدی دلو حوت"),
    "ps": replace(
        _PERSIAN, months="وری غویی غبرګولی چنګاښ زمری وږی تله لړم لیندۍ مرغومی سلواغه کب", both=" او ", last="، او "
    ),
    "ro": Words(
        "ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie decembrie",
        both=" și ",
        group=".",
    ),
    "ru": Words(
        "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
        "январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь",
        day="{d} {m} {y}\u00a0г.",
        month="{m} {y}\u00a0г.",
        both=" и ",
    ),
    "sq": Words("janar shkurt mars prill maj qershor korrik gusht shtator tetor nëntor dhjetor", both=" dhe "),
    "sr": replace(
        _BOSNIAN,
        months="јануар фебруар март април мај јун јул август септембар октобар новембар децембар",
        moment="{date} у {time} UTC",
        both=" и ",
    ),
    "sr-Latn": _SERBIAN_LATIN,
    "tg": Words(
        "январи феврали марти апрели майи июни июли августи сентябри октябри ноябри декабри",
        day="{d} {m} соли {y}",
        month="{m} соли {y}",
        both=" ва ",
        last=", ",
    ),
    "tk": Words("ýanwar fewral mart aprel maý iýun iýul awgust sentýabr oktýabr noýabr dekabr", both=" we "),
    "tt": Words(
        "гыйнвар февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь",
        day="{d} {m}, {y}\u00a0ел",
        month="{y}\u00a0ел, {m}",
        both=" һәм ",
    ),
    "uk": Words(
        "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня",
        "січень лютий березень квітень травень червень липень серпень вересень жовтень листопад грудень",
        day="{d} {m} {y}\u00a0р.",
        month="{m} {y}\u00a0р.",
        both=" і ",
    ),
    "ur": Words(
        "جنوری فروری مارچ اپریل مئی جون جولائی اگست ستمبر اکتوبر نومبر دسمبر",
        day="{d} {m}، {y}",
        moment="{date}، {time} UTC",
        both=" اور ",
        last="، اور ",
        comma="، ",
        group=",",
    ),
    "uz": Words(
        "yanvar fevral mart aprel may iyun iyul avgust sentabr oktabr noyabr dekabr",
        day="{d}-{m}, {y}",
        month="{m}, {y}",
        both=" va ",
    ),
}
