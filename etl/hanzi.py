"""How likely a text is as the Chinese that offices write, or as words of an alphabet: the judge between encodings."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from math import log

# The commonest characters of names, places and facilities, in both scripts: they tell the two apart where
# only a value or two is there. Order does not matter; drawn up for this program from words of the trade.
_COMMON = frozenset(
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多"
    "定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还"
    "因由其些然前外天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没"
    "结解问意建月公无系军很情者最立代想已通并提直题党程展五果料象员革位入常文总次品式活设及管特件长求老头基资边流"
    "路级少图山统接知较将组见计别她手角期根论运农指几九区强放决西被干做必战先回则任取据处队南给色光门即保治北造百"
    "规热领七海口东导器压志世金增争济阶油思术极交受联什认六共权收证改清己美再采转更单风切打白教速花带安场身车例真"
    "务具万每目至达走积示议声报斗完类八离华名确才科张信马节话米整空元况今集温传土许步群广石记需段研界拉林律叫且究"
    "观越织装影算低持音众书布复容儿须际商非验连断深难近矿千周委素技备半办青省列习响约支般史感劳便团往酸历市克何除"
    "街巷桥隧灯井盖园绿厕站库厂村镇乡县州湖江河港湾浦洲岛岭峰坡沟渠堤坝塘泉溪沙田庄屯营寨堡店铺楼府院校医庙寺塔"
    "宫城墙苑坊弄里号栋幢座厅室层杆箱柜网格社完好破损丢失废弃移除未知良坏养护单位权属编码称状态类型材砼沥青混凝铁"
    "钢管径埋深给排污雨合燃供热信缆架净宽度面积人口户竣投资备注照明景观功率高压钠灯金卤居住宅用综合廊解放胜利友谊"
    "和平幸福光荣兴盛富春夏秋冬阳阴晨曦朝霞龙凤虎鹤松柏竹梅兰菊桂枫柳杨桃李荷滨环迎宾复兴振迎向勤俭文昌育才仁义"
    "礼智孝忠诚德惠康宁泰顺祥瑞嘉丰裕隆永久恒源远鼎鑫锦绣翠碧紫丹朱赤银玉珠宝琼瑶"
    "窨箅篦砼绍嵊鉴柯沪渝闽粤皖赣湘鄂豫冀晋陕甘琼滇黔蜀浙苏鲁辽吉津甬杭衢圳佛莞厦榕穗"
    "路街道橋區縣鄉鎮國園綠廁廠灣嶺溝堤壩營舖樓醫廟宮牆號棟廳層桿櫃網損丟廢棄護單權屬編碼稱狀態類瀝鐵鋼徑給"
    "燃熱纜淨寬備註積戶資鈉鹵綜廊勝誼榮興豐龍鳳蘭楊濱環賓復禮誠寧順遠錦繡銀寶瓊東門車馬長風電機場學術業員"
    "開關閉無與為會來時們個這說對發動過還後經點將應實現見當從兩體種頭問題線結變處務達運導據選該僅難雙幾條圖隊師論證"
    "讓認識請調議設計記許語話課費質貴買賣賓輪轉載輕較農連進遊達遙遞郵醫釋針錄鋪鎖陽陰陣際隨險隱雜離雞雲靈靜順預領"
    "顏願顯飛養駐驗髮鬧魚鳥鹽麗麥黃點齊齒臺灣臺北縣鄰里巷弄號樓廣場衛專屬觀塘灣仔環佐敦荃葵涌沙咀")


# Probability of one character in a name or remark of an office. Shares by rank (common, everyday, rare, none of the
# script's own) were set by hand from the words of the city plans and divided by how many characters the rank has.
_SHARES = (0.70, 0.27, 0.025, 0.002)
_SIGN, _ODD = log(2e-4), log(1e-8)       # a sign that all have; one that no office writes
_LETTER, _DIGIT, _OTHER_ASCII = log(1 / 40), log(1 / 15), log(1 / 60)
_ACCENTED, _AGAIN, _ALONE, _TURNED = log(1 / 60), log(1 / 400), log(1e-3), log(1e-5)


@lru_cache(maxsize=1)
def _levels() -> dict[str, tuple[frozenset[str], frozenset[str]]]:
    """The everyday and the rare characters of each standard: GB 2312 rows 16–55 and 56–87, Big5 A440–C67E and C940–F9FE."""
    high, trails = range(0xA1, 0xFF), (*range(0x40, 0x7F), *range(0xA1, 0xFF))
    return {"gb2312": (_block(range(0xB0, 0xD8), high, "gb2312"), _block(range(0xD8, 0xF8), high, "gb2312")),
            "big5": (_block(range(0xA4, 0xC7), trails, "cp950"), _block(range(0xC9, 0xFA), trails, "cp950"))}


def _block(leads: Iterable[int], trails: Iterable[int], codec: str) -> frozenset[str]:
    pairs = bytes(b for lead in leads for trail in trails for b in (lead, trail))
    return frozenset(pairs.decode(codec, "ignore"))


def everyday(texts: Iterable[str], standard: str) -> float:
    """Share of everyday characters among those beyond ASCII that are no signs. `standard`: gb2312 or big5."""
    first = _levels()[standard][0]
    told = [c in first for text in texts for c in text if not c.isascii() and c not in _NEUTRAL]
    return sum(told) / len(told) if told else 0.0


def chinese(text: str, standard: str) -> float:
    """Log likelihood (nats) of a text as Chinese in the script of gb2312 or big5."""
    table = _table(standard)
    return sum(_of_ascii(c) if c.isascii() else table.get(c, _ODD) for c in text)


@lru_cache(maxsize=2)
def _table(standard: str) -> dict[str, float]:
    first, second = _levels()[standard]
    common = _COMMON & first
    made = {chr(c): log(_SHARES[3] / 20_000) for c in range(0x3400, 0xA000)}
    for share, some in zip(_SHARES, (common, first - common, second), strict=False):
        made.update(dict.fromkeys(some, log(share / len(some))))
    made.update(dict.fromkeys(_NEUTRAL, _SIGN))
    return made


def alphabetic(text: str) -> float:
    """Log likelihood (nats) of a text as words of an alphabet, read from single bytes: letters keep company with
    letters, capitals stand in front, signs are rare."""
    total, before, after_high = 0.0, " ", False
    for n, c in enumerate(text):
        following = text[n + 1] if n + 1 < len(text) else " "
        if c.isascii():
            total += _of_ascii(c)
        elif c in MEASURING and before.isascii():
            total += _ACCENTED
        elif not c.isalpha():
            total += _TURNED if c.isprintable() else _ODD
        elif before.islower() and c.isupper():
            total += _TURNED
        elif c < "\u0250" and not (before.isalpha() or following.isalpha()):
            total += _ALONE
        else:
            total += _AGAIN if c < "\u0250" and after_high else _ACCENTED
        before, after_high = c, not c.isascii()
    return total


def _of_ascii(c: str) -> float:
    return _LETTER if c.isalpha() else _DIGIT if c.isdigit() or c == " " else _OTHER_ASCII


MEASURING = frozenset("°²³±×µ½¼")  # that stand beside figures in western and UTF-8 texts
# Signs that both encodings have and that say nothing.
_NEUTRAL = frozenset("　、。，；：？！“”‘’（）《》〈〉【】「」『』—…·～－＋×÷／．％℃㎡№ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩ０１２３４５６７８９"
                     "ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺ②③①④⑤")
