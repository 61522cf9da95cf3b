# 후속 과제에 대해 타임라인에 남는 글. 프로젝트의 언어로 쓴다.
fixes-said-item = 후속 과제: { $item }
fixes-said-item-status = 후속 과제 ‘{ $item }’: { $status }

# 포스트모템 편집기에서 글 옆에 놓이는 것.
beside-title = 글 옆에
beside-none = 아직 이 글과 비슷한 과거 장애가 없습니다.
beside-similar = 비슷한 과거 장애 찾기
beside-checklist-typed = 지금 이 글에서 계산했습니다. 권고일 뿐 게시를 막지 않습니다.

# 지표: 첫 검색부터 이전 해결을 열기까지.
figures-searched-opened = 첫 검색부터 이전 해결을 열기까지
figures-searched-why = 장애에 대응하는 동안 프로젝트의 누군가가 과거 장애를 처음 본 때부터 이전 장애의 원인을 열기까지 걸린 시간입니다. 장애마다 한 번만 남기며, 누가 무엇을 검색했는지는 남기지 않습니다.

# The page of an incident.
live-open-alike = 지금 대응 중인 비슷한 장애입니다. 같은 장애일 수 있습니다:
