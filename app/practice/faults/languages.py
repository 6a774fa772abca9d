"""Error texts in other languages, because a TWS words its errors in the language of its user; codes stay."""

from __future__ import annotations

from collections.abc import Callable

_GERMAN = {
    201: "Order abgelehnt - Grund:",
    202: "Order storniert - Grund:",
    200: "Für die Anfrage wurde keine Wertpapierdefinition gefunden",
    110: "Der Preis entspricht nicht der Mindestpreisänderung für diesen Kontrakt.",
    162: "Fehlermeldung des Dienstes für historische Marktdaten:",
    1100: "Die Verbindung zwischen IBKR und der Trader Workstation wurde unterbrochen.",
    1102: "Die Verbindung zwischen IBKR und der Trader Workstation wurde wiederhergestellt - Daten erhalten.",
    2104: "Verbindung zur Marktdatenfarm ist in Ordnung:usfarm",
}
_FRENCH = {
    201: "Ordre rejeté - motif :",
    202: "Ordre annulé - motif :",
    200: "Aucune définition de titre trouvée pour la demande",
    1100: "La connexion entre IBKR et Trader Workstation a été perdue.",
}
_CHINESE = {
    201: "订单被拒绝 - 原因:",
    202: "订单已取消 - 原因:",
    200: "未找到该请求的证券定义",
    1100: "IBKR与交易平台的连接已中断。",
}

Wording = Callable[[int, str], str]


def _from(texts: dict[int, str], other: str) -> Wording:
    return lambda code, text: texts.get(code, f"{other} {code}")


def english(code: int, text: str) -> str:
    """Return the text as it is."""
    return text


LANGUAGES: dict[str, Wording] = {
    "en": english,
    "de": _from(_GERMAN, "Fehlermeldung Nr."),
    "fr": _from(_FRENCH, "Message d’erreur n°"),
    "zh": _from(_CHINESE, "错误信息"),
}
