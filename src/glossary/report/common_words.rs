//! Words of everyday language, which need no concept however often they stand.

/// English.
const ENGLISH: &str = "about above after again against all also although always among and another \
    any are around because been before being below between both but \
    can cannot could day days did \
    different does doing done down during each either else even every \
    few first for from further \
    get gets getting give given goes going got had has have having \
    her here him his hour hours how \
    however into its itself just keep kept last later least less let \
    like long made make makes \
    making many may might minute minutes month more most much must \
    near needed need needs never \
    new next not nothing now off often old once one only other others \
    our out over own part per \
    put rather really same saw second seconds see seen set several \
    shall she should show shows \
    since some someone something soon still such summary take taken \
    than that the their them then there \
    therefore these they thing things this those though three through \
    time times together too took \
    two under until use used uses using very want was way week weeks \
    read reads reading said say says happened happen happens surprised surprise back nobody \
    everybody somebody anybody four five six seven eight nine ten hundred thousand behind known \
    know knows knew found find finds came come comes coming left leave leaves right wrong whose \
    why ask asked asks answer answered good bad better best worse big small large long short full \
    empty open opened close closed start started starts stop stopped stops end ended ends began \
    begin begins done turn turned turns look looked looks work worked works working run runs \
    write writes wrote written call called calls name named names place places thing line lines \
    people person team night morning evening hand hands side word words text texts change \
    changed changes nothing everything anything something enough alone instead together already \
    yet ever again away fail fails failed try tries tried hold holds held wait waits waited ran gone \
    deleted \
    well went were what when where \
    whether which while who whole whom whose why will with within \
    without would year yes yet you \
    your";
/// Korean.
const KOREAN: &str = "때문 경우 이후 이전 동안 다음 정도 이번 해당 모든 자신 우리 여러 것들 사이 상태 \
    지금 당시 오전 오후 시간 하루 내용 부분 과정 결과 방법 이유 그것 이것 저것 사람 자체 이상 이하 \
    전체 일부 하나 무엇 어디 누구 처음 마지막 오늘 어제 내일 이때 그때 요약 교훈 \
    게다 그러 하지 그래 그런데 아무 아직 아마 역시 언제 실제 별도 이미 다시 계속 모두 대부분 최근 거의 \
    차례 나머지 번째 자리 아래 뒤에 앞에 위에 옆에 안에 밖에 예상 원인 영향 경위 이야기 이름 생각 사실 문제 필요 \
    가능 확인 시작 이번에 지난 다른 같은 어느 어떤 그런 이런 저런 새로 바로 따로 서로 먼저 나중 \
    동시 직전 직후 당일 다음날 새벽 아침 저녁 오랫 내일 주말 평소 이내 이후로 순간 뒤늦 누가 무슨 \
    하나씩 모두가 가지 만큼 정말 그냥 전혀 없이 같이 대로 채로 \
    가장 매우 조금 많이 함께 그대 이대 뒤늦게 우선 결국 만약 혹시 비록 단지";
/// Japanese.
const JAPANESE: &str = "場合 以上 以下 以前 以後 時間 今回 前回 次回 自分 問題 方法 理由 結果 内容 \
    部分 全体 一部 必要 可能 最初 最後 当時 現在 午前 午後 今日 昨日 明日 状態 我々 概要 教訓 \
    原因 判断 毎秒 毎分 毎日 最大 最小 先頭 推定 対象 仕組 影響 経緯 想定外";

/// Whether a word, in its normal form, is one of everyday language.
pub fn is_common(word: &str) -> bool {
    [ENGLISH, KOREAN, JAPANESE].iter().any(|list| list.split_whitespace().any(|w| w == word))
}
