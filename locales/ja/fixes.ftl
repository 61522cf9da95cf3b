# アクションアイテムについてタイムラインに残る文。プロジェクトの言語で書く。
fixes-said-item = アクションアイテム: { $item }
fixes-said-item-status = アクションアイテム「{ $item }」: { $status }
