"""Room `ops`, demo company: generic names from which invented materials are made. Data only.

Each entry: generic name, English name, dosage form, base unit, specifications, storage class, cartons' content.
Generic names are public; approval numbers, GTINs and makers are invented by `materials`.
"""

from __future__ import annotations

from typing import NamedTuple


class Medicine(NamedTuple):
    """One generic medicine or device with the packs it is sold in."""

    name: str
    english: str
    form: str
    unit: str
    packs: tuple[str, ...]
    storage: str = "ambient"
    carton: int = 200
    special: bool = False
    device: bool = False


def _list(text: str, form: str, unit: str, carton: int, storage: str = "ambient") -> list[Medicine]:
    """`中文名|English|pack;pack` a line."""
    rows = (line.split("|") for line in text.strip().splitlines())
    return [
        Medicine(name, english, form, unit, tuple(packs.split(";")), storage, carton)
        for name, english, packs in rows
    ]


TABLETS = _list(
    """阿司匹林肠溶片|Aspirin enteric-coated tablets|100mg×30片;25mg×100片
阿托伐他汀钙片|Atorvastatin calcium tablets|10mg×7片;20mg×7片
氨氯地平片|Amlodipine tablets|5mg×14片;5mg×28片
缬沙坦片|Valsartan tablets|80mg×7片;80mg×14片
厄贝沙坦片|Irbesartan tablets|150mg×7片;75mg×14片
美托洛尔缓释片|Metoprolol sustained-release tablets|47.5mg×7片;95mg×7片
二甲双胍片|Metformin tablets|0.5g×20片;0.85g×20片
格列美脲片|Glimepiride tablets|1mg×30片;2mg×15片
阿卡波糖片|Acarbose tablets|50mg×30片;100mg×30片
左氧氟沙星片|Levofloxacin tablets|0.5g×4片;0.1g×12片
头孢呋辛酯片|Cefuroxime axetil tablets|0.25g×12片;0.125g×12片
阿奇霉素片|Azithromycin tablets|0.25g×6片;0.5g×3片
对乙酰氨基酚片|Paracetamol tablets|0.5g×12片;0.5g×20片
布洛芬缓释片|Ibuprofen sustained-release tablets|0.3g×12片;0.3g×20片
氯雷他定片|Loratadine tablets|10mg×6片;10mg×12片
西替利嗪片|Cetirizine tablets|10mg×12片;10mg×24片
孟鲁司特钠片|Montelukast sodium tablets|10mg×5片;10mg×10片
呋塞米片|Furosemide tablets|20mg×100片;20mg×24片
螺内酯片|Spironolactone tablets|20mg×100片;20mg×24片
华法林钠片|Warfarin sodium tablets|2.5mg×60片;3mg×100片
氯吡格雷片|Clopidogrel tablets|75mg×7片;25mg×20片
瑞舒伐他汀钙片|Rosuvastatin calcium tablets|10mg×7片;5mg×28片
恩替卡韦片|Entecavir tablets|0.5mg×7片;0.5mg×28片
甲巯咪唑片|Thiamazole tablets|5mg×100片;10mg×50片
左甲状腺素钠片|Levothyroxine sodium tablets|50μg×100片;25μg×100片
叶酸片|Folic acid tablets|0.4mg×31片;5mg×100片""",
    "片剂",
    "盒",
    200,
)
CAPSULES = _list(
    """阿莫西林胶囊|Amoxicillin capsules|0.25g×24粒;0.5g×24粒
奥美拉唑肠溶胶囊|Omeprazole enteric capsules|20mg×14粒;20mg×28粒
头孢克肟胶囊|Cefixime capsules|0.1g×6粒;0.1g×12粒
克林霉素胶囊|Clindamycin capsules|0.15g×20粒;0.15g×24粒
布洛芬胶囊|Ibuprofen capsules|0.2g×20粒;0.2g×24粒
塞来昔布胶囊|Celecoxib capsules|0.2g×6粒;0.2g×18粒
兰索拉唑胶囊|Lansoprazole capsules|15mg×14粒;30mg×14粒
氟康唑胶囊|Fluconazole capsules|50mg×3粒;150mg×1粒
双歧杆菌三联活菌胶囊|Bifidobacterium triple viable capsules|0.21g×24粒;0.21g×36粒
多西环素胶囊|Doxycycline capsules|0.1g×10粒;0.1g×20粒
骨化三醇软胶囊|Calcitriol soft capsules|0.25μg×10粒;0.25μg×20粒
银杏叶胶囊|Ginkgo leaf capsules|0.25g×24粒;0.25g×36粒""",
    "胶囊剂",
    "盒",
    150,
    "cool",
)
INJECTIONS = _list(
    """注射用头孢曲松钠|Ceftriaxone sodium for injection|1.0g×10支;2.0g×10支
注射用头孢哌酮钠舒巴坦钠|Cefoperazone and sulbactam for injection|1.5g×10支;3.0g×10支
注射用哌拉西林钠他唑巴坦钠|Piperacillin and tazobactam for injection|4.5g×10支;2.25g×10支
注射用泮托拉唑钠|Pantoprazole sodium for injection|40mg×10支;80mg×5支
盐酸氨溴索注射液|Ambroxol hydrochloride injection|2ml:15mg×10支;4ml:30mg×5支
地塞米松磷酸钠注射液|Dexamethasone sodium phosphate injection|1ml:5mg×10支;1ml:2mg×10支
呋塞米注射液|Furosemide injection|2ml:20mg×10支;2ml:20mg×5支
维生素C注射液|Vitamin C injection|5ml:1g×5支;2ml:0.5g×10支
利多卡因注射液|Lidocaine injection|5ml:0.1g×5支;20ml:0.4g×5支
氯化钾注射液|Potassium chloride injection|10ml:1g×5支;10ml:1.5g×5支
硝酸甘油注射液|Nitroglycerin injection|1ml:5mg×10支;1ml:2mg×10支
甲钴胺注射液|Mecobalamin injection|1ml:0.5mg×10支;1ml:0.5mg×5支""",
    "注射剂",
    "盒",
    60,
    "cool",
)
COLD = _list(
    """甘精胰岛素注射液|Insulin glargine injection|3ml:300单位×1支;3ml:300单位×5支
门冬胰岛素注射液|Insulin aspart injection|3ml:300单位×1支;3ml:300单位×5支
重组人胰岛素注射液|Recombinant human insulin injection|10ml:400单位×1瓶;3ml:300单位×1支
注射用重组人干扰素α1b|Recombinant human interferon for injection|30μg×1支;10μg×5支
重组人促红素注射液|Recombinant human erythropoietin injection|1ml:3000单位×1支;1ml:10000单位×1支
人血白蛋白|Human albumin|10g:50ml×1瓶;5g:25ml×1瓶
静注人免疫球蛋白|Human immunoglobulin for intravenous use|2.5g:50ml×1瓶;5g:100ml×1瓶
低分子肝素钙注射液|Low-molecular-weight heparin calcium injection|0.4ml×2支;0.6ml×2支
缩宫素注射液|Oxytocin injection|1ml:10单位×10支;1ml:5单位×10支
卡前列素氨丁三醇注射液|Carboprost tromethamine injection|1ml:250μg×1支;1ml:250μg×5支
注射用生长抑素|Somatostatin for injection|3mg×1支;0.25mg×5支
双歧杆菌乳杆菌三联活菌片|Bifidobacterium and lactobacillus tablets|0.5g×24片;0.5g×36片""",
    "注射剂",
    "盒",
    40,
    "refrigerated",
)
LIQUIDS = _list(
    """葡萄糖注射液|Glucose injection|250ml:12.5g;500ml:25g;100ml:5g
氯化钠注射液|Sodium chloride injection|100ml:0.9g;250ml:2.25g;500ml:4.5g
乳酸钠林格注射液|Sodium lactate Ringer injection|500ml;250ml
布洛芬混悬液|Ibuprofen suspension|100ml:2g;60ml:1.2g
复方甘草口服溶液|Compound liquorice oral solution|100ml;150ml
乳果糖口服溶液|Lactulose oral solution|100ml:66.7g;200ml:133.4g
碘伏消毒液|Povidone-iodine solution|500ml;100ml
急支糖浆|Jizhi syrup|100ml;200ml
川贝枇杷膏|Chuanbei loquat syrup|150ml;300ml""",
    "液体制剂",
    "瓶",
    30,
)
OTHERS = _list(
    """莫匹罗星软膏|Mupirocin ointment|2%×5g;2%×10g
糠酸莫米松乳膏|Mometasone furoate cream|5g:5mg;10g:10mg
左氧氟沙星滴眼液|Levofloxacin eye drops|5ml:24.4mg;0.4ml×10支
玻璃酸钠滴眼液|Sodium hyaluronate eye drops|5ml:5mg;0.4ml×20支
布地奈德气雾剂|Budesonide aerosol|200μg×100揿;100μg×200揿
沙丁胺醇气雾剂|Salbutamol aerosol|100μg×200揿;140μg×200揿
蒙脱石散|Montmorillonite powder|3g×10袋;3g×15袋
口服补液盐散|Oral rehydration salts|5.125g×6袋;5.125g×10袋
板蓝根颗粒|Isatis root granules|10g×20袋;5g×20袋
感冒灵颗粒|Ganmaoling granules|10g×9袋;10g×12袋
连花清瘟颗粒|Lianhua Qingwen granules|6g×10袋;6g×6袋
云南白药气雾剂|Yunnan Baiyao aerosol|85g;50g
六味地黄丸|Liuwei Dihuang pills|200丸;360丸
复方丹参滴丸|Compound danshen dripping pills|27mg×180丸;27mg×150丸""",
    "其他制剂",
    "盒",
    100,
)
SPECIAL = [
    Medicine(
        "地西泮片", "Diazepam tablets", "片剂", "盒", ("2.5mg×20片", "5mg×20片"), carton=100, special=True
    ),
    Medicine(
        "盐酸吗啡注射液",
        "Morphine hydrochloride injection",
        "注射剂",
        "盒",
        ("1ml:10mg×10支",),
        carton=50,
        special=True,
    ),
    Medicine(
        "枸橼酸芬太尼注射液",
        "Fentanyl citrate injection",
        "注射剂",
        "盒",
        ("2ml:0.1mg×10支", "10ml:0.5mg×5支"),
        carton=50,
        special=True,
    ),
    Medicine(
        "盐酸曲马多片", "Tramadol tablets", "片剂", "盒", ("50mg×10片", "50mg×20片"), carton=100, special=True
    ),
    Medicine(
        "咪达唑仑注射液", "Midazolam injection", "注射剂", "盒", ("2ml:10mg×5支",), carton=50, special=True
    ),
    Medicine("盐酸麻黄碱片", "Ephedrine tablets", "片剂", "瓶", ("25mg×100片",), carton=100, special=True),
]
DEVICES = [
    Medicine(
        "一次性使用无菌注射器",
        "Sterile syringe for single use",
        "无菌器械",
        "支",
        ("5ml", "10ml", "20ml"),
        carton=1200,
        device=True,
    ),
    Medicine(
        "一次性使用输液器",
        "Infusion set for single use",
        "无菌器械",
        "套",
        ("0.7#", "0.55#"),
        carton=500,
        device=True,
    ),
    Medicine("医用外科口罩", "Surgical mask", "防护用品", "盒", ("50只", "10只"), carton=40, device=True),
    Medicine(
        "血糖试纸",
        "Blood glucose test strips",
        "体外诊断试剂",
        "盒",
        ("50片", "100片"),
        carton=100,
        device=True,
    ),
]
ALL = [*TABLETS, *CAPSULES, *INJECTIONS, *COLD, *LIQUIDS, *OTHERS, *SPECIAL, *DEVICES]
