"""Domain: why a change has the risk that it has - a few reasons that the rules share."""

from domain.sop_definition import Text

CONTROL = Text(zh="少了一道控制", en="a control is taken away")
STRICTER = Text(zh="要求更严", en="more is asked for")
WHO = Text(zh="由谁来做变了", en="other people do it")
WAY = Text(zh="流程的走向变了", en="the procedure takes another way")
EFFECT = Text(zh="影响库存、单据或对外的结果", en="it touches stock, documents or others")
LESS = Text(zh="留下的记录变少", en="less is recorded")
MORE = Text(zh="留下的记录变多", en="more is recorded")
MEANING = Text(zh="所记录内容的含义变了", en="what is recorded means something else")
DATA = Text(zh="判断所依据的内容变了", en="what is decided on is different")
TIME = Text(zh="时限变了", en="a time limit is different")
INFORMED = Text(zh="由谁得知变了", en="other people are told")
WORK = Text(zh="做法变了", en="the work is done in another way")
PROOF = Text(zh="检验规程的用例变了", en="what the procedure is tried with is different")
LEARNT = Text(zh="培训考核的内容变了", en="what people are asked in training is different")
WORDS = Text(zh="只涉及文字", en="words only")
LOOK = Text(zh="只影响显示顺序", en="only the order on the screen")
UNKNOWN = Text(zh="请对照原文判断", en="compare both texts")
