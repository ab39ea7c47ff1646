"""How much a text looks like the Chinese that offices write: the judge between GB18030 and Big5."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

# The commonest characters of names, places and facilities, in both scripts: they tell the two apart where
# only a value or two is there. Order does not matter.
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


@lru_cache(maxsize=1)
def _first_level() -> dict[str, frozenset[str]]:
    """The everyday characters of each standard: GB 2312 rows 16–55, Big5 A440–C67E."""
    gb = bytes(b for lead in range(0xB0, 0xD8) for trail in range(0xA1, 0xFF) for b in (lead, trail))
    trails = (*range(0x40, 0x7F), *range(0xA1, 0xFF))
    big5 = bytes(b for lead in range(0xA4, 0xC7) for trail in trails for b in (lead, trail))
    return {"gb2312": frozenset(gb.decode("gb2312", "ignore")), "big5": frozenset(big5.decode("big5", "ignore"))}


def likeness(texts: Iterable[str], standard: str) -> float:
    """Mean worth of the characters beyond ASCII: common 1, everyday 0.6, everyday in the other script 0.3,
    rare −0.5, no Chinese at all −1."""
    levels = _first_level()
    first, other = levels[standard], levels["big5" if standard == "gb2312" else "gb2312"]
    total, count = 0.0, 0
    for text in texts:
        for c in text:
            if c.isascii() or c in _NEUTRAL:
                continue
            count += 1
            if c in _COMMON:
                total += 1.0
            elif c in first:
                total += 0.6
            elif c in other:
                total += 0.3
            else:
                total += -0.5 if "\u4e00" <= c <= "\u9fff" else -1.0
    return total / count if count else 0.0


# Signs that both encodings have and that say nothing.
_NEUTRAL = frozenset("　、。，；：？！“”‘’（）《》〈〉【】「」『』—…·～－＋×÷／．％℃㎡№ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩ０１２３４５６７８９"
                     "ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺ②③①④⑤")
