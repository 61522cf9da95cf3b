# 同じ顧客が別のプロジェクトで合意した用語から始める
inherit-offer = 同じ顧客が「{ $project }」で { $count } 語に合意しています。コピーはせず、元のプロジェクトに置いたまま引き継ぎ、ここで改めて署名します。
inherit-do = この { $count } 語から始める
edit-section-client-words = 顧客の用語
edit-project-inherits = 合意済みの用語を引き継ぐプロジェクト
edit-project-inherits-hint = 同じ顧客のプロジェクトの短い名前を1行に1つずつ。用語はコピーされず、ここで改めて署名します。
edit-project-heirs = このプロジェクトの用語を引き継いでよいプロジェクト
edit-project-heirs-hint = 短い名前を1行に1つずつ。このプロジェクトより多くの人が読めるプロジェクトの場合にだけ必要です。
