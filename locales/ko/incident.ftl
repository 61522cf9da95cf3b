# 장애의 타임라인에 저절로 적히는 말. 프로젝트의 언어로 적는다.
live-said-opened = 장애 기록을 시작함
live-said-mitigated = 정상화: 다시 쓸 수 있음
live-said-resolved = 종료: 더 지켜보지 않음
live-said-reopened = 다시 대응 중
live-said-lead = { $name } 님이 대응을 이끎
live-said-no-lead = 대응을 이끄는 사람이 없음
live-said-severity = { $severity }(으)로 변경
live-said-time = { $stage }: { $time }
live-said-no-time = { $stage }: 모름
live-said-known = 알려진 원인: 「{ $cause }」 ({ $id }).
live-said-like = 알려진 원인과 비슷함: 「{ $cause }」 ({ $id }).
live-said-waits = 영구 해결이 { $days }일째 미뤄지고 있음: { $fix }.
live-said-open = 영구 해결이 아직 끝나지 않음: { $fix }.
live-said-no-fix = 제안된 영구 해결이 없음.
live-said-owner = 담당: { $owner }
live-said-no-owner = 담당자가 없음.
live-said-evidence = 증적: { $names }
live-said-alert-ended = 알림 해제: { $alert }
live-said-cause = 원인: 「{ $cause }」 ({ $id })
live-said-applied = 일시 해결 적용: { $fix } ({ $day }까지)
live-said-outcome = { $fix }: { $outcome }
live-said-elsewhere = 수평 전개 대상: { $services }

# 웹훅으로 알리는 말. 프로젝트의 언어로 적는다.
hook-incident-opened = 장애 발생
hook-incident-mitigated = 장애 정상화
hook-incident-resolved = 장애 종료
hook-incident-reopened = 장애 다시 대응 중
hook-incident-known = 알려진 원인의 재발
hook-stopgap-applied = 일시 해결 적용
hook-stopgap-ended = 일시 해결의 기한이 지남
hook-fix-proven = 영구 해결의 효과 입증
hook-test = 웹훅 시험
