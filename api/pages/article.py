"""What the article of 4 March 2020 claims: every number in it, as it stands there, in its order and under its heading.

Which of them can be rebuilt, and from which events, is the log's answer and stands in the view ``article_figures``.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from api.pages.words import zh
from domain.ledger.time import SHANGHAI

PUBLISHED: Final = datetime(2020, 3, 4, 16, 25, tzinfo=SHANGHAI)


@dataclass(frozen=True, slots=True)
class Claim:
    """One row of the article's figures. ``relations`` are ``=`` or ``≥`` (the text says 多 or 余), one per value."""

    row: int
    theme: str
    what: str
    values: tuple[str, ...]
    unit: str
    relations: tuple[str, ...] = ("=",)


PLAN, SCREEN, LESSON, OPENING, VOLUNTEER, COMPANY, INSPECT, PUBLIC, WHOLE = (
    zh("提前谋划到位"),
    zh("信息排查到位"),
    zh("网课安排到位"),
    zh("开学筹备到位"),
    zh("志愿服务到位"),
    zh("助企服务到位"),
    zh("督查问责到位"),
    zh("宣传引导到位"),
    zh("总述"),
)

CLAIMS: Final[tuple[Claim, ...]] = (
    Claim(1, WHOLE, zh("“到位”工作项"), ("8",), zh("项")),
    Claim(2, WHOLE, zh("学校和幼儿园"), ("403",), zh("所")),
    Claim(3, WHOLE, zh("师生"), ("240,000",), zh("人"), ("≥",)),
    Claim(4, WHOLE, zh("确诊或疑似病例"), ("0",), zh("例")),
    Claim(5, PLAN, zh("工作专班"), ("5",), zh("支")),
    Claim(6, PLAN, zh("防控网络层级：学校、学区、市局"), ("3",), zh("级")),
    Claim(7, SCREEN, zh("三级把关、三级签字"), ("3",), zh("级")),
    Claim(8, SCREEN, zh("局班子牵头的劝返小组"), ("8",), zh("组")),
    Claim(9, SCREEN, zh("学区和学校的劝返专项小组"), ("404",), zh("组")),
    Claim(10, SCREEN, zh("劝返小组成员"), ("2,047",), zh("人")),
    Claim(11, LESSON, zh("空中课堂时段，各有天数"), ("9", "9", "13"), zh("天"), ("=", "=", "=")),
    Claim(12, LESSON, zh("授课名优教师"), ("200",), zh("人"), ("≥",)),
    Claim(13, LESSON, zh("开设科目"), ("12",), zh("门")),
    Claim(14, LESSON, zh("课时"), ("600",), zh("节"), ("≥",)),
    Claim(15, LESSON, zh("四至九年级学生"), ("100,000",), zh("人"), ("≥",)),
    Claim(16, LESSON, zh("直播点"), ("6",), zh("处")),
    Claim(17, LESSON, zh("直播访问量（原文作“万人”，应为人次）"), ("50,000,000",), zh("人次"), ("≥",)),
    Claim(18, LESSON, zh("《战“疫”微班会》连续更新"), ("42",), zh("天")),
    Claim(19, OPENING, zh("方案"), ("4",), zh("套")),
    Claim(20, OPENING, zh("制度"), ("10",), zh("项")),
    Claim(21, OPENING, zh("错峰返校方式"), ("5",), zh("种")),
    Claim(22, VOLUNTEER, zh("党员教师志愿者"), ("1,500",), zh("人")),
    Claim(23, VOLUNTEER, zh("网格化“四员”"), ("4",), zh("员")),
    Claim(24, VOLUNTEER, zh("入户摸排"), ("75,889",), zh("户")),
    Claim(25, VOLUNTEER, zh("海报、告知书、宣传单"), ("1,000", "50,000", "160,000"), zh("份"), ("≥", "≥", "≥")),
    Claim(26, COMPANY, zh("对接企业"), ("283",), zh("家")),
    Claim(27, COMPANY, zh("电话联系学生"), ("1,149",), zh("人")),
    Claim(28, COMPANY, zh("首批实习学生、接收企业"), ("70", "40"), zh("人、家"), ("=", "=")),
    Claim(29, COMPANY, zh("集结待派学生"), ("261",), zh("人")),
    Claim(30, COMPANY, zh("走访民营企业、现场解决问题"), ("16", "12"), zh("家、个"), ("=", "=")),
    Claim(31, INSPECT, zh("出动督查"), ("102",), zh("人次")),
    Claim(32, INSPECT, zh("突击检查学校（培训机构）"), ("52",), zh("所")),
    Claim(33, INSPECT, zh("发现并纠正问题"), ("19",), zh("个问题")),
    Claim(34, INSPECT, zh("通报批评学校（幼儿园）"), ("10",), zh("所")),
    Claim(35, INSPECT, zh("政务警告"), ("2",), zh("人")),
    Claim(36, PUBLIC, zh("“乐清教育发布”粉丝"), ("380,000",), zh("人")),
    Claim(37, PUBLIC, zh("系列报道、点击量"), ("68", "1,800,000"), zh("篇、人次"), ("=", "≥")),
    Claim(
        38,
        PUBLIC,
        zh("省、温州市、乐清市媒体及学校公众号转载"),
        ("1", "8", "18", "3,000"),
        zh("次"),
        ("=", "=", "=", "≥"),
    ),
    Claim(39, PUBLIC, zh("学生作品、其中视频"), ("4,000", "500"), zh("件、个"), ("≥", "≥")),
    Claim(40, WHOLE, zh("刊发时刻"), ("2020-03-04 16:25",), zh("东八区")),
)
