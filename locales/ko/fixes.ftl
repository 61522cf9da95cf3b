# 후속 과제에 대해 타임라인에 남는 글. 프로젝트의 언어로 쓴다.
fixes-said-item = 후속 과제: { $item }
fixes-said-item-status = 후속 과제 ‘{ $item }’: { $status }

# 포스트모템 편집기에서 글 옆에 놓이는 것.
beside-title = 글 옆에
beside-none = 아직 이 글과 비슷한 과거 장애가 없습니다.
beside-similar = 비슷한 과거 장애 찾기
beside-checklist-typed = 지금 이 글에서 계산했습니다. 권고일 뿐 게시를 막지 않습니다.
