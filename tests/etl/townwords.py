"""Words as municipal offices write them, by the thousand, in both scripts: the corpus of the encodings.

Put together from parts, so that nothing here was written with an eye on the judge's list of common characters;
places are real ones, rare characters among them.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Rng = random.Random


@dataclass(frozen=True)
class Script:
    """One way of writing: each list is drawn from by itself, so that single values are of every sort."""

    codec: str
    shown: str
    districts: Sequence[str]
    stems: Sequence[str]
    ways: Sequence[str]
    things: Sequence[str]
    makes: Sequence[str]
    offices: Sequence[str]
    remarks: Sequence[str]
    people: Sequence[str]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


SIMPLIFIED = Script(
    "gbk", "GBK",
    _words("""越城区 柯桥区 上虞区 诸暨市 嵊州市 新昌县 河西区 滨海新区 蓟州区 宝坻区 津南区 桥东区 宣化区 蔚县 涿鹿县 怀来县 赤城县 崇礼区
    临河区 杭锦后旗 磴口县 乌拉特前旗 鄞州区 奉化区 瓯海区 龙湾区 鹿城区 睢宁县 邳州市 濮阳县 亳州市 谯城区 涡阳县 郫都区 邛崃市 崂山区 莒县
    鄄城县 郯城县 沭阳县 泗洪县 盱眙县 衢江区 柯城区 岱山县 嵊泗县 濉溪县 黟县 歙县 鄱阳县 弋阳县 婺源县 芗城区 闽侯县 鄂城区 秭归县 醴陵市
    耒阳市 攸县 番禺区 端州区 禅城区 邕宁区 儋州市 綦江区 涪陵区 梓潼县 筠连县 犍为县 麟游县 鄠邑区 陇县 岷县 洮北区 讷河市 绥芬河市"""),
    _words("""解放 人民 中山 建设 胜利 迎宾 学士 延安 环城北 东风 和平 友谊 兴业 朝晖 凤起 庆春 秋涛 文晖 德胜 莫干山 天目山 曙光 灵隐 虎跑
    梅灵 龙井 涌金 河坊 望江 姚江 鄞县 鉴湖 剡溪 曹娥 胜山 府山 塔山 蕺山 寨口桥 罗门 投醪河 大滩 霞西 育英 凤林 群贤 笛扬 金柯桥 鲁迅
    洋江 二环北 平江 阮社 柯岩 湖塘 钱陶 镜湖 皋埠 鲍渎 沥海 滨海 新港四号 第三 中央 海缘 泰达 黄海 渤海 珠江 欣嘉园 嘉陵 宏达 睦宁 洞庭
    奥体 翡翠 榴花 丁香 槐荫 柳絮 菖蒲 蔷薇 紫薇 锦绣 璀璨 琥珀 瑶池 昆仑 祁连 峨眉 岷江 沅江 洛河 汴河 漕运 驿站 牌楼 牛角沱 沙坪坝"""),
    _words("路 街 巷 大道 大街 弄 里 支路 中路 东路 西路 南路 北路 环路 高架 立交桥 桥 隧道 公园 绿地 广场 泵站"),
    _words("""路灯 窨井盖 雨水箅子 污水检查井 雨水口 排放口 路灯控制箱 变压器 灯杆 景观灯 庭院灯 公厕 垃圾转运站 果皮箱 交通护栏 隔离墩 行道树
    古树名木 花坛 健身器材 消火栓 阀门井 燃气调压箱 热力井 电力井 通信井 弱电箱 综合管廊 桥梁 人行天桥 地下通道 涵洞 挡土墙 声屏障 限高架"""),
    _words("""完好 破损 丢失 废弃 未知 良好 沥青混凝土 水泥混凝土 花岗岩 预制板 球墨铸铁 聚乙烯 玻璃钢夹砂管 钢筋混凝土管 高压钠灯 金卤灯
    无极灯 单臂灯 双臂灯 中杆灯 高杆灯 太阳能灯 雨污合流 污水 雨水 一级 二级 三级 主干路 次干路 支路 快速路 是 否 有 无 在用 停用"""),
    _words("""市政公用管理处 城市管理局 综合行政执法局 住房和城乡建设局 园林绿化中心 环境卫生管理所 市政设施养护有限公司 排水公司 水务集团
    路灯管理所 交通运输局 街道办事处 城市照明建设管理中心 桥梁隧道养护所 自来水公司 燃气集团 城投公司 物业服务有限公司 移动通信公司 供电局"""),
    _words("""井盖松动，有异响 缺失，已上报 2021年大修 需更换灯头 灯杆倾斜约5度 沉降严重，建议翻修 护栏锈蚀 盖板断裂 积水点 待移交 权属不清
    与现场不符 位置存疑 已拆除 夜间不亮 控制箱门损坏 树枝遮挡 伸缩缝堵塞 泄水孔淤积 裂缝宽0.3mm 坑槽面积2平方米 临时修补 普查新增 重复上报"""),
    _words("张伟 王芳 李娜 刘洋 陈静 杨磊 赵敏 黄勇 周杰 吴霞 徐鹏 孙倩 胡斌 郭婷 何鑫 罗昊 谢颖 韩冰 邓浩 曹雪 彭辉 曾琪 蒋睿 蔡琳 贾璐 魏巍 薛晗 阎婧"))

TRADITIONAL = Script(
    "big5", "Big5",
    _words("""中正區 大同區 中山區 松山區 大安區 萬華區 信義區 士林區 北投區 內湖區 南港區 文山區 板橋區 新莊區 淡水區 汐止區 鶯歌區 瑞芳區 烏來區
    礁溪鄉 壯圍鄉 頭城鎮 羅東鎮 竹東鎮 芎林鄉 橫山鄉 苗栗市 苑裡鎮 鹿港鎮 員林市 溪湖鎮 斗六市 虎尾鎮 西螺鎮 朴子市 水上鄉 鹽埕區 鼓山區
    左營區 楠梓區 苓雅區 鳳山區 屏東市 潮州鎮 東港鎮 玉里鎮 關山鎮 馬公市 金城鎮 油尖旺區 九龍城區 黃大仙區 觀塘區 葵青區 荃灣區
    屯門區 元朗區 西貢區 沙田區 離島區 花地瑪堂區 嘉模堂區 聖安多尼堂區"""),
    _words("""忠孝東 仁愛 信義 和平東 羅斯福 民權西 民生東 南京東 長安西 建國南 復興北 敦化南 光復南 基隆 承德 延平北 重慶北 迪化 環河南 林森北
    新生南 八德 市民 辛亥 木柵 興隆 景美 汀州 廈門 牯嶺 牛埔 義交 博愛 凱達格蘭 館前 襄陽 懷寧 衡陽 寶慶 漢中 成都 昆明 康定 桂林 艋舺
    彌敦 亞皆老 太子 窩打老 廣東 柯士甸 漆咸 梳士巴利 軒尼詩 莊士敦 告士打 干諾 德輔 皇后 荷李活 般咸 薄扶林 筲箕灣 柴灣 觀塘 牛頭角
    龍翔 呈祥 青山 荃錦 大埔 沙田 獅子山 獅頭 屯門 鳳德 蒲崗村 彩虹 清水灣 寶琳 將軍澳 新馬 南灣 友誼 羅理基 鷺江 蘭州 涼州 歸綏 錦西 鄭州"""),
    _words("路 街 巷 大道 道 弄 里 一段 二段 三段 四段 東路 西路 橋 高架橋 隧道 公園 綠地 廣場 抽水站 圍 徑 里弄 天橋"),
    _words("""路燈 人孔蓋 雨水下水道 污水人孔 集水井 配電箱 變電箱 消防栓 號誌燈 行道樹 公共廁所 垃圾轉運站 人行天橋 地下道 箱涵 擋土牆 隔音牆
    護欄 標誌牌 反射鏡 植栽槽 兒童遊戲場 共同管道 電信人孔 瓦斯閥箱 自來水制水閥 公車候車亭 停車格 橋樑 涼亭 噴水池 監視器 渠蓋 沙井 燈柱 街燈"""),
    _words("""良好 損壞 遺失 廢棄 未知 瀝青混凝土 水泥混凝土 花崗石 球狀石墨鑄鐵 聚乙烯 鋼筋混凝土 高壓鈉燈 複金屬燈 水銀燈 單臂 雙臂 高桿燈 太陽能
    合流 污水 雨水 主要道路 次要道路 服務道路 快速道路 是 否 有 無 使用中 停用 已拆除 待查 鑄鐵 塑膠管 陶管"""),
    _words("""養護工程處 公園路燈工程管理處 新建工程處 工務局 交通局 環境保護局 水利局 衛生下水道工程處 都市發展局 區公所 臺灣自來水公司 台灣電力公司
    中華電信 路政署 渠務署 食物環境衛生署 康樂及文化事務署 機電工程署 水務署 市政署 交通事務局 建設局 停車管理工程處 里辦公處"""),
    _words("""蓋板鬆動，有異音 遺失，已通報 2021年整修 需更換燈泡 燈桿傾斜約5度 下陷嚴重，建議翻修 護欄鏽蝕 蓋板斷裂 積水點 待移交 產權不明
    與現場不符 位置存疑 已拆除 夜間不亮 控制箱門損壞 樹枝遮蔽 伸縮縫堵塞 洩水孔淤積 裂縫寬0.3mm 坑洞面積2平方公尺 臨時修補 普查新增 重複通報"""),
    _words("陳怡君 林志明 黃淑芬 張雅婷 李家豪 王俊傑 吳佩珊 劉建宏 蔡惠雯 楊宗翰 許雅惠 鄭凱文 謝欣怡 郭冠廷 洪瑋婷 邱曉薇 曾鈺婷 廖俊宇 賴彥廷 徐靜宜 蘇偉倫"))


def value(script: Script, rng: Rng) -> str:
    """One cell of text that is not ASCII alone."""
    return rng.choice(_KINDS)(script, rng)


def values(script: Script, count: int, rng: Rng) -> list[str]:
    """So many distinct values of a column or of several."""
    found: dict[str, None] = {}
    while len(found) < count:
        found[value(script, rng)] = None
    return list(found)


def _road(s: Script, r: Rng) -> str:
    return r.choice(s.stems) + r.choice(s.ways)


def _address(s: Script, r: Rng) -> str:
    return f"{_road(s, r)}{r.randint(1, 399)}{'號' if s is TRADITIONAL else '号'}"


def _crossing(s: Script, r: Rng) -> str:
    return f"{_road(s, r)}/{_road(s, r)}"


def _coded(s: Script, r: Rng) -> str:
    return r.choice((f"{r.choice(s.things)}LD-{r.randint(1, 9999):04}", f"{r.choice(s.makes)} LED {r.choice((60, 120, 250))}W",
                     f"DN{r.choice((300, 600))} {r.choice(s.makes)}", f"K{r.randint(0, 30)}+{r.randint(0, 999):03}{r.choice(s.things)}"))


def _of(name: str) -> Callable[[Script, Rng], str]:
    return lambda s, r: str(r.choice(getattr(s, name)))


def _body(s: Script, r: Rng) -> str:
    return r.choice(s.districts) + r.choice(s.offices)


_KINDS = (_road, _road, _address, _crossing, _coded, _body, *map(_of, ("districts", "things", "makes", "offices", "remarks", "people")))
