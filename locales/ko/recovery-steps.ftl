# 플레이북의 단계, 임시 조치를 대신할 것, 타임라인에 남는 실행 기록.

run-told = { $what }: { $state }
run-told-took = { $what }: { $state }, { $took }
run-told-why = { $told } — { $why }
run-told-glass = { $what }: { $by } 님의 비상 실행: { $reason }
run-length-s = { $seconds }초
run-length-min = { $minutes }분 { $seconds }초
run-length-h = { $hours }시간 { $minutes }분
run-why-none = 아직 제안된 영구 해결이 없습니다.
run-why-rejected = 제안된 영구 해결이 모두 기각되었습니다.
run-why-proven = 영구 해결 “{ $fix }”의 효과가 입증되었지만 다시 발생했습니다.
plan-why-none = 대신할 영구 해결이 없는 이유 (비워 두면 원인 기록에 따름)
plan-other-project = 이 해결은 { $project }의 것입니다. 실행은 { $incident }에 기록되지만, 적용한 해결로는 남지 않습니다.
plan-incident-closed = { $incident }은(는) 이미 종료되었습니다. 실행하면 종료된 기록에 내용이 추가됩니다.
plan-steps-later = 지금 상태에서 확인한 결과입니다. 뒤 단계의 조건은 앞 단계가 실행되어야 맞을 수 있으며, 차례가 되면 다시 확인합니다.
plan-step-open = 차례가 되면 확인합니다. 대상을 앞 단계가 정합니다.
plan-on-paper = 인쇄용
plan-undo-kept = 되돌릴 수 없는 단계: { $steps }
why-way-back = 지금은 { $step }을(를) 되돌릴 수 없습니다. { $action }의 사전 조건 { $id }이(가) 맞지 않습니다: { $why }. 아무것도 되돌리지 않았습니다
why-way-back-late = 되돌리기 조건을 제시간에 확인하지 못했습니다
why-one-line = 1~{ $max }바이트의 한 줄이어야 합니다
