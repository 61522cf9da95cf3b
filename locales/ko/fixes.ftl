# 후속 과제에 대해 타임라인에 남는 글. 프로젝트의 언어로 쓴다.
fixes-said-item = 후속 과제: { $item }
fixes-said-item-status = 후속 과제 ‘{ $item }’: { $status }
