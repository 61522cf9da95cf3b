# 같은 고객사가 다른 프로젝트에서 합의한 용어로 시작하기
inherit-offer = 같은 고객사가 “{ $project }”에서 용어 { $count }개를 합의했습니다. 복사하지 않고 그쪽에 둔 채 이어 쓰며, 이 프로젝트에서 다시 서명합니다.
inherit-do = 이 용어 { $count }개로 시작하기
edit-section-client-words = 고객사의 용어
edit-project-inherits = 합의된 용어를 이어받을 프로젝트
edit-project-inherits-hint = 같은 고객사 프로젝트의 짧은 이름을 한 줄에 하나씩 적습니다. 용어는 복사되지 않으며, 이 프로젝트에서 다시 서명합니다.
edit-project-heirs = 우리 용어를 이어받아도 되는 프로젝트
edit-project-heirs-hint = 짧은 이름을 한 줄에 하나씩 적습니다. 이 프로젝트보다 더 많은 사람이 읽을 수 있는 프로젝트일 때만 필요합니다.
