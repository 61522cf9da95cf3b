//! What the rest of a longer word says of a term inside it.
//!
//! Korean and Japanese glue words together: in 서버장애복구 the outage is meant, in 섭식장애 it is
//! not. The term is sure where everything around it in the run is a word that we know to stand in
//! such compounds; it is none where the run falls into known words across it (회계 + 정보 is no
//! 계정). All else stays a hint.

#![expect(clippy::disallowed_types, reason = "words are only looked up in these sets")]

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::text::korean;

/// How a term stands in a run of letters of one script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fit {
    /// All around it is known to go with such a word.
    Sure,
    /// Unknown.
    Open,
    /// The run falls into other words, or turns the term into its opposite.
    None,
}

/// Words that stand before a term in compounds, and what it is then still one of.
const LEFT_KO: &str = "
    각 본 타 양 번 호 차 월 현재 안전 초대형 당사 자사 타사 사내 사외 본사 지사 본점 지점 매장 점포 전사 전체 전면 부분 일부 국지 광역
    대규모 소규모 대형 소형 중대 경미 주요 긴급 단순 반복 연속 동시 연쇄 간헐 간헐적 일시 일시적 장기 단기 동일
    유사 신규 기존 최근 금일 전일 당일 어제 오늘 새벽 야간 주간 심야 휴일 평일 월말 정기 임시 영구 수동 자동
    서버 시스템 네트워크 서비스 데이터 데이터베이스 디비 결제 주문 예약 로그인 로그아웃 접속 연결 커넥션 통신 회선
    전산 전원 전력 장비 기기 단말 단말기 하드웨어 소프트웨어 디스크 메모리 캐시 스토리지 저장소 클라우드 인프라 보안
    인증 배치 배포 운영 개발 검증 테스트 상용 화면 앱 웹 메일 문자 알림 푸시 검색 조회 처리 정산 배송 물류 재고
    회원 고객 사용자 이용자 관리자 판매 구매 상품 쿠폰 포인트 환불 취소 승인 입금 출금 송금 이체 카드 은행 대외
    대내 외부 연동 연계 전송 수신 송신 업로드 다운로드 업무 사고 원격 로컬 메인 서브 마스터 슬레이브 게이트웨이
    노드 클러스터 컨테이너 방화벽 라우터 스위치 프록시 로드밸런서 도메인 브라우저 모바일 홈페이지 사이트 포털 콜센터
    센터 데이터센터 리전 채널 플랫폼 솔루션 모듈 프로세스 스레드 세션 토큰 키 인증서 큐 토픽 로그 파일 이미지
    영상 음성 음향 조명 냉방 공조 설비 기계 엔진 통합 분산 공통 공용 전용 내부망 외부망 사설 공인 정규 비정규
    일반 특별 예비 이중화 원인 재발 복구 점검 유지보수 개선 변경 이관 전환 구축 도입 설치 교체 증설 이전
    에러 오류 평균 최대 최소 최초 최종 풀 전량 증분 차등 감사 접근 액세스 이벤트 애플리케이션 어플리케이션 스테이징
    프로덕션 카나리 롤링 핫픽스 사전 사후 무중단 순차 단계적 월간 연간 일간 수시 상시 콜드 핫 액티브 스탠바이 핵심
    가상 물리 논리 쿼리 응용 재해 원본 사본 복제 읽기 쓰기 결재 빌드 릴리스 릴리즈 패치 롤백 모니터링 알람 경보
    온라인 오프라인 실시간 비동기 동기 청구 구독 외주 파트너 협력사 제휴사 해외 국내 전국 미처리 대량 신속 조기
    강제 예정 계획 반자동 완전 세금 전자 공개 개인 법인 사내망 무선 유선 전화 문서 요청 응답 콜백 웹훅 스케줄러
    트랜잭션 인덱스 테이블 스키마 리소스 오브젝트 블록 공유 중앙 지역 지방 현지 하위 상위 최상위 내장 신형 구형
";
/// Words that stand after a term in compounds, without making it something else.
const RIGHT_KO: &str = "
    시 중 후 전 건 별 측 용 군 간 내 외 당 상 하 발 급 쪽 등 님 째 율 률 화면 여부 이후 이전 이력 동안 직후 직전
    당시 관련 대비 발생 발생시 발생률 복구 복구시 대응 대응팀 대응반 보고 보고서 원인 분석 감지 알람 알림 경보 모니터링
    시간 시각 시점 기간 현황 건수 횟수 빈도 비율 범위 영향 영향도 레벨 상황 상황판 조치 해결 해소 방지 재발
    관리 관리자 담당 담당자 접수 접수처 문의 안내 공지 공지문 통보 통지 전파 훈련 연습 모의훈련 시나리오 회의 리뷰 회고
    목록 기록 로그 티켓 번호 코드 메시지 페이지 지점 구간 노드 존 리전 센터 팀 부서 조직 발표 종료 종료시 시작
    확인 점검 추적 탐지 예측 판단 기준 정의 절차 절차서 매뉴얼 가이드 정책 비용 손실 책임 계약 조항 가능 가능성
    위험 요소 요인 대책 계획 계획서 일정 일정표 요청 요청서 승인 취소 변경 수정 삭제 설정 설정값 환경 구성 구성도
    연동 연계 전환 이관 전용 방식 구조 용량 성능 부하 증가 감소 급증 초과 부족 고갈 누수 지연 실패 실패율 오류
    에러 중단 마비 불능 재시작 재기동 교체 분리 우회 차단 격리 백업 복원 이중화 예비 대기 대기열 추이 통계 지표
    주기 일자 일시 시작일 종료일 담당부서 처리 처리율 처리중 작업 작업자 작업중 완료 완료시 예정 예정일 진행 진행중
    결과 결과서 내역 내용 사항 항목 정보 데이터 서버 시스템 서비스 장비 모듈 엔진 장애 프로세스 파이프라인 스크립트
    도구 툴 버전 브랜치 대상 단위 수량 금액 한도 잔액 이벤트 화 자동화 최적화 대행 대행사 대시보드 콘솔 창 앱
    사이트 사용 사용량 사용률 사용자 이용 이용자 이용자수 개수 수 값 명 명칭 이름 주소 경로 크기 사이즈 풀 그룹
    계층 영역 망 장 사례 사유 증상 현상 징후 이슈 문제 사건 리포트 브리핑 대응력 대응책 유무 유발 초래 확산 전이
    극복 지속 지속시간 장기화 최소화 빈발 다발 누적 예방 해지 해제 복귀 우려 발견 인입 인입량 유입 시나리오별
    본 실 단 량 룸 노트 과정 전략 도중 방법 속도 버튼 명령 명령어 실행 불가 불가능 필요 필수 시도 성공 성공률 갱신
    만료 만료일 발급 폐기 등록 서명 유효기간 체인 저장 보관 보관함 보존 수집 수집기 파싱 출력 양식 형식 포맷 문구 발송
    수신 수신자 채널 규칙 조건 임계치 임계값 점유 점유율 길이 깊이 적체 소비 소비자 생산자 순서 우선순위 권한 식별자
    아이디 소요시간 소요 목표 목표시간 한계 특성 유형 종류 형태 상태 점 담당자별 시간대 발령 소집 재현 재개 개시 착수
    합의 협의 논의 공유 공유회 조사 조사중 집계 집계표 현황판 인지 인지시각 주체 접점 거점 정상화 경과 경과시간
    때 땐 때문 때문에 정도 가량 쯤 경 형 덕분 덕 식 조 측정 측정값 추정 추정치 사이드 서포트 지표 도달 도달률
    일람 일람표 초기화 암호화 동기화 표준화 문서화 시스템화 관리대장 대장 체계 채팅방 단톡방 게시판 게시물 양상 원칙
    탓 료 금 잡 가입 탈퇴 중인 결과값 이유 사유서 순번 근거 증빙 증빙서 명세 명세서 전표 영수증 합계 총액 잔량 단가 수수료 내역서 신청 신청서
    도입 제안 희망 취득 인수 인수서 검수 검수자 납기 마감 마감일 이월 보류 반려 철회 연장 유예 독촉 안내문 약관 동의
    시행 적용 반영 배포 점검 교육 상담 접점 창구 경험 만족도 등급 한도액 횟수별 시스템별 서비스별
";
/// Other common words, that only say where a run falls apart.
const OTHER_KO: &str = "
    회계 정보 대학 교수 사전 기획 사회 국가 경제 정치 문화 교육 학교 학생 병원 의사 환자 건강 생활 가족 여행 사진
    영화 음악 운동 선수 경기 대회 도시 지역 주민 시민 공원 도로 차량 자동차 버스 지하철 공항 철도 건물 주택 아파트
    사무 사무실 회사 기업 직원 사원 사장 부장 과장 대리 인사 급여 세금 세무 법률 법원 경찰 소방 군대 정부 의회 국회
    대통령 장관 위원 위원회 협회 단체 조합 재단 연구 연구소 실험 과학 기술 공학 수학 물리 화학 생물 역사 철학 종교
    언어 한국 한국어 일본 일본어 영어 중국 미국 동양 서양 남자 여자 아동 청소년 노인 부모 자녀 친구 이웃 식당 음식
    재료 요리 과일 채소 고기 생선 음료 커피 시장 가격 할인 판촉 광고 홍보 신문 방송 기자 기사 잡지 도서 도서관 서점
    계정 정기 구독 구독료 결산 결산서 예산 예산안 지출 수입 수출 무역 제품 생산 공장 부품 조립 검사 품질 창고
    저장 확장 주장 등장 입장 퇴장 긴장 내장 보장 연장 위장 개장 분장 성장 조장 소장 권장 가장 신장 매장
    운송 항공 해운 화물 포장 반품 교환 수리 수선 청소 세탁 목욕 수면 휴식 휴가 출근 퇴근 근무 야근 당직 출장
";
const LEFT_JA: &str = "
    決済 通信 接続 回線 電源 電力 機器 装置 機械 設備 基盤 業務 本番 検証 環境 開発 運用 認証 配送 配信 注文 予約
    在庫 会員 顧客 店舗 社内 社外 自社 他社 外部 全体 全社 全面 部分 大規模 小規模 中規模 重大 軽微 主要 緊急 単純
    連続 同時 連鎖 広域 局所 長期 短期 同一 類似 新規 既知 未知 既存 過去 前回 今回 当該 夜間 深夜 早朝 昨日 昨夜
    今朝 本日 先日 先週 前日 当日 定期 一斉 処理 検索 画面 帳票 連携 商用 仮想 物理 論理 一次 二次 初期 突発 突発的
    周期的 断続的 間欠 間欠的 一時 一時的 恒久 恒久的 暫定 自動 手動 遠隔 共通 共用 専用 各 本 他 当 全 毎月 月次
    日次 年次 夜間 送信 受信 転送 同期 非同期 分散 冗長 予備 待機 現用 主系 副系 中継 上位 下位 直近 最近 複数 単一
    支払 入金 出金 振込 請求 受注 発注 出荷 入荷 物流 販売 購買 商品 端末 携帯 公式 管理 監視 保守 構築 移行 切替
    性能 容量 負荷 台帳 電話 映像 音声 空調 記憶装置 多重 単体 総合 結合 実 致命的 深刻 再発 原因 復旧 改善 変更
    現在 目下 従来 万一 一部 二重 三重 目標 複数回 先方 弊社 貴社 御社 当社 同社 自組織
    早期 平均 最大 最小 最終 最初 完全 段階的 順次 即時 随時 常時 緊急時 休日 平日 月間 年間 日中 早急 強制 事前 事後
    運賃 経費 料金 代金 電子 文書 要求 応答 全件 差分 増分 監査 操作 実行 認可 個人 法人 共有 中央 地方 現地 新型 旧
    系 両系 片系 待機系 現用系 本系 国内 海外 全国 提携先 外注先 委託先 取引先 利用者 無線 有線 社内網 実機 実環境
    品質 安全 通常 異常 未対応 大量 個別 全般 旧来 新旧 内部 外形 予定 計画 手元 客先 拠点 工程 内製 本社 支社 支店
";
const RIGHT_JA: &str = "
    時 中 後 前 件 別 側 用 系 内 外 間 上 下 版 数 率 元 先 名 毎 発生 発生時 発生中 発生率 発生源 対応 対応中 対応時
    対策 対策本部 復旧 復旧後 復旧時 報告 報告書 報告会 原因 原因究明 調査 解析 分析 検知 検出 監視 通知 通報 連絡 連絡網
    連絡先 情報 履歴 記録 一覧 一覧表 件数 回数 頻度 時間 時刻 時点 期間 範囲 影響 影響度 箇所 内容 状況 管理 管理表
    管理票 管理者 票 表 番号 受付 受付票 窓口 訓練 演習 想定 予防 再発 再発防止 防止 発覚 発見 基準 定義 手順 手順書
    会議 振返 担当 担当者 発表 収束 解消 回復 試験 注入 耐性 傾向 予兆 兆候 連鎖 拡大 継続 継続中 長期化 報 速報
    第一報 一報 案内 告知 周知 公表 説明 説明会 事例 事象 現象 要因 分類 区間 経路 系統 機器 装置 端末 環境 設定 構成
    構成図 変更 更新 更新時 停止 停止中 開始 開始時 終了 終了時 完了 完了後 予定 予定日 計画 計画書 作業 作業中 作業者
    手段 方法 方式 方針 代行 代行会社 会社 事業者 処理 処理中 機能 画面 情報 申請 申請書 承認 承認者 承認済 確認 確認中
    登録 削除 追加 枯渇 不足 超過 上限 増加 減少 急増 遅延 失敗 異常 切替 切断 隔離 分離 交換 予備 冗長化 自動化
    最適化 統計 指標 推移 目標 評価 検証 検証環境 本番 責任者 部門 部署 体制 対象 対象外 単位 数量 金額 限度 残高 引当
    照合 棚卸 精算 明細 明細書 番 者数 証跡 依頼 依頼書 条件 条項 契約 費用 損失 損害 有無 可否 可能性 未満 以上 以外
    期限 期限切 有効期限 失効 発行 更新日 開始日 終了日 所要 所要時間 経過 経過時間 速度 速報値 力 性 策 済 中継 直後 直前
    当日 当時 翌日 場所 現場 部分 箇 種類 種別 形式 書式 様式 文面 文言 送信 受信 保存 保管 収集 出力 入力 規則 権限 識別子
    順序 優先度 優先順位 閾値 水準 限界 特性 状態 再現 再開 着手 合意 協議 議論 共有 共有会 集計 集計表 画面上 主体 拠点
    待 漏 忘 次第 型 量 費 日 様 等 願 案 点 一 二 三 四 五 六 七 八 九 十 百 数件 両方 双方 毎
    正常化 初期化 暗号化 同期化 標準化 文書化 台帳 体系 掲示板 様子 原則 指示 指示書 命令 実行 不可 不可能 必要 必須 試行
    成功 成功率 失敗率 訓練中 演習中 未実施 実施 実施中 実施日 一式 一括 単価 額 表示 非表示 選択 本体 部品 自体 全体 同士
    切 対応者 日付 結果 理由 可能 不要 以降 以前 全般 後半 前半 口座 途中 最中 今後 設定値 一部 人数 書 料
    一回 二回 三回 数回 初回 複数回 前日 当日中 翌営業日 規模 事由 根拠 傾向値 推定 見込 締切 締日 伝票 証明 証明書
    代金 手数料 端数 番号 残高 限度額 上限額 名義 科目 区分 単価 小計 合計 総額 内訳 一元 導入 展開 提案 希望 取得 受領
";
const OTHER_JA: &str = "
    国会 計画 会計 会社 社会 社員 議員 議会 政府 経済 政治 文化 教育 学校 学生 大学 病院 医師 患者 健康 生活 家族 旅行
    写真 映画 音楽 運動 選手 競技 大会 都市 地域 住民 市民 公園 道路 車両 空港 鉄道 建物 住宅 事務 事務所 企業 部長
    課長 係長 人事 給与 税金 税務 法律 裁判 警察 消防 大臣 委員 委員会 協会 団体 組合 財団 研究 研究所 実験 科学 技術
    工学 数学 物理学 化学 生物 歴史 哲学 宗教 言語 日本 日本語 韓国 韓国語 英語 中国 米国 東洋 西洋 男性 女性 児童
    青年 老人 両親 友人 食堂 食事 材料 料理 市場 価格 割引 広告 新聞 放送 記者 記事 雑誌 図書 図書館 書店 予算 決算
    収入 支出 貿易 製品 生産 工場 部品 組立 検査 品質 倉庫 運送 航空 海運 貨物 包装 返品 修理 掃除 洗濯 睡眠 休憩
";
const KATAKANA: &str = "
    サーバ システム データ エラ ルーム ネットワーク サービス アプリ ウェブ メール ログ ファイル プロキシ クラウド
    マスタ スレーブ レプリカ バックアップ テスト ステージング アプリケーション ゲートウェイ コネクション プール サイズ
    タイムアウト キャッシュ メモリ ディスク クラスタ ノード ロードバランサ ロード バランサ モニタリング アラート
    インシデント ダウン リスト ページ グループ マシン コンテナ バッチ ジョブ スケジュール リリース ノート ユーザ
    アカウント ロック チェック フロー ベース データベース センタ データセンタ ストレージ セキュリティ ログイン
    パフォーマンス トラフィック リソース モジュール プログラム プロセス スレッド セッション トークン クライアント
    ホスト ドメイン ブラウザ モバイル サイト ポータル コールセンタ チャネル プラットフォーム ソリューション ライブラリ
    バージョン ブランチ イベント ダッシュボード コンソール ツール スクリプト パイプライン オンライン リアルタイム
    トランザクション クエリ インデックス テーブル レコード スキーマ メッセージ キュー トピック ワークフロー ポリシ
    ルール レポート チーム メンバ オーナ マネージャ スタッフ カード ポイント クーポン レビュー カタログ セール
    メンテナンス ウィンドウ モード ミス フィールド フォーム ボタン メニュー アイコン デザイン レイアウト テンプレート
    サイド サポート カナリア エンドユーザ エンドユーザー アクセス イベント トレース デバッグ システムズ オブジェクト ブロック ファイア ウォール ファイアウォール ルータ スイッチ
    スーパ スーパー ヘビー ライト パワー ゲスト スペア メイン サブ プライマリ セカンダリ プライベート パブリック
    オーダ レスポンス リクエスト レイテンシ スループット リトライ フォールバック ロールバック デプロイ
    リカバリ リストア フェイルオーバ コピー ローカル リモート グローバル バーチャル オープン クローズ スタート ストップ
    アップロード ダウンロード アップデート アップグレード インストール セットアップ コマンド キャッシュ
    ランナ エージェント コレクタ ローテーション レベル サーチ フィルタ ハンドラ サーキット ブレーカ ヘルス ヘルスチェック
    タスク ワーカ スケジューラ クラスタリング レプリケーション シャード シャーディング パーティション ボリューム スナップショット
    アーカイブ テープ オフライン ホット コールド ウォーム スタンバイ ジョブネット ネット トラブル パターン シナリオ
    タイミング スピード コスト リスク ルート エントリ インターフェース アダプタ コネクタ ドライバ エンジン
    プロビジョニング オーケストレーション デーモン カーネル ミドルウェア ハードウェア ソフトウェア ファームウェア アプライアンス
";

/// Prefixes of one letter, and counters after a number (3차장애).
const PREFIXES_KO: &str = "재미선신구본타각양전후주부총최고저대소초준반친탈역차번건회호월일년개급층기단\
     첫큰헛맞막생덧뒤앞옆윗쌍실가연웹앱몰봇뷰콜맵탭폼룸존랙망핵외내유입출현";
const PREFIXES_JA: &str =
    "仮未耐再本各全両旧新主副現初大小諸他自当次毎前後親子真正準総件回番台号月年時分系";

struct Words {
    left: HashSet<&'static str>,
    right: HashSet<&'static str>,
    all: HashSet<&'static str>,
}

impl Words {
    fn new(left: &'static str, right: &'static str, other: &'static str) -> Self {
        let all = [left, right, other].into_iter().flat_map(str::split_whitespace);
        Self {
            left: left.split_whitespace().collect(),
            right: right.split_whitespace().collect(),
            all: all.filter(|word| word.chars().count() > 1).collect(),
        }
    }

    /// Whether a word of two letters or more is known in any place.
    fn has(&self, word: &str) -> bool {
        self.all.contains(word)
    }
}

static KOREAN: LazyLock<Words> = LazyLock::new(|| Words::new(LEFT_KO, RIGHT_KO, OTHER_KO));
static JAPANESE: LazyLock<Words> = LazyLock::new(|| Words::new(LEFT_JA, RIGHT_JA, OTHER_JA));
static KATAKANA_WORDS: LazyLock<Words> = LazyLock::new(|| Words::new(KATAKANA, KATAKANA, ""));

/// A run of letters of one script with a term in it.
pub(crate) struct Run<'a> {
    /// What stands before the term.
    pub(crate) before: &'a str,
    /// The term.
    pub(crate) term: &'a str,
    /// What stands after it.
    pub(crate) after: &'a str,
    /// Whether a word is one of the glossary.
    pub(crate) known: &'a dyn Fn(&str) -> bool,
    /// Whether what is left over may follow a word: particles and endings.
    pub(crate) ending: &'a dyn Fn(&str) -> bool,
}

/// How a term stands in a run of Hangul.
pub(crate) fn korean(run: &Run<'_>) -> Fit {
    // 무장애, 비정상: the opposite.
    if ["무", "비", "불"].contains(&run.before) {
        return Fit::None;
    }
    match fit(run, &KOREAN) {
        Fit::Open if is_cut(run, &KOREAN, PREFIXES_KO) => Fit::None,
        fit => fit,
    }
}

/// How a term stands in a run of Han characters.
pub(crate) fn japanese(run: &Run<'_>) -> Fit {
    if ["無", "非", "不"].contains(&run.before) {
        return Fit::None;
    }
    match fit(run, &JAPANESE) {
        Fit::Open if is_cut(run, &JAPANESE, PREFIXES_JA) => Fit::None,
        fit => fit,
    }
}

/// How a term stands in a run of Katakana: sure beside known words, open beside what is long
/// enough to be a word (オーディットサーバ), else none, since スワード is no word.
pub(crate) fn katakana(run: &Run<'_>) -> Fit {
    const WORD: usize = 3;
    // サーバーエラー: the term is サーバー, whose form has no ー.
    let after = run.after.strip_prefix('ー').unwrap_or(run.after);
    let run = Run { after, ..*run };
    if fit(&run, &KATAKANA_WORDS) == Fit::Sure {
        return Fit::Sure;
    }
    let begins = |word: &str| !word.starts_with(|c| "ーンッャュョァィゥェォ".contains(c));
    let may_be_word = |word: &str| word.is_empty() || word.chars().count() >= WORD;
    let open = run.term.chars().count() >= WORD
        && may_be_word(run.before)
        && may_be_word(run.after)
        && begins(run.after)
        && begins(run.term);
    if open { Fit::Open } else { Fit::None }
}

/// Whether known words leave exactly one letter before the term that is no prefix: what stands
/// there is another word then, cut in the middle (확장|해, 백로그, 山本|対応).
fn is_cut(run: &Run<'_>, words: &Words, prefixes: &str) -> bool {
    let Some(letter) = run.before.chars().next_back() else { return false };
    let head = run.before.len() - letter.len_utf8();
    let is = |w: &str| words.has(w) || (run.known)(w);
    !prefixes.contains(letter) && !is(run.before) && reachable(run.before, &is).contains(&head)
}

fn fit(run: &Run<'_>, words: &Words) -> Fit {
    let is = |list: &HashSet<&str>, word: &str| list.contains(word) || (run.known)(word);
    let left = splits(run.before, &|w| is(&words.left, w), &str::is_empty);
    let right = splits(run.after, &|w| is(&words.right, w), run.ending);
    if left && right {
        return Fit::Sure;
    }
    if falls_apart(run, words) { Fit::None } else { Fit::Open }
}

/// Whether the last `letters` letters of `before`, which a shield takes together with the term
/// behind, are cut out of known words: 비장애 in 장비|장애.
pub(crate) fn cuts_before(before: &str, letters: usize) -> bool {
    let reached = reachable(before, &|word| KOREAN.has(word));
    let cut = before.char_indices().rev().nth(letters.saturating_sub(1)).map_or(0, |(at, _)| at);
    reached.contains(&before.len()) && !reached.contains(&cut)
}

/// Whether the first `letters` letters of `after`, which a shield takes together with the term in
/// front, are cut out of known words: 배치도 in 배치|도구, 장애인 in 장애|인프라.
pub(crate) fn cuts_after(after: &str, letters: usize) -> bool {
    let has = |word: &str| KOREAN.has(word);
    let ending = korean::is_josa_or_nothing;
    let cut = after.char_indices().nth(letters).map_or(after.len(), |(at, _)| at);
    let reached = reachable(after, &has);
    // Short words begin with 인 too often by accident (장애인|사업, 장애인|정보).
    let long = |at: usize| !after.starts_with('인') || after[..at].chars().count() > 2;
    let words = reached.iter().any(|at| *at > cut && long(*at) && ending(&after[*at..]));
    words && !reached.contains(&cut) && !splits(&after[cut..], &has, &ending)
}

/// Whether `text` is words, one after another, and an ending.
fn splits(text: &str, word: &dyn Fn(&str) -> bool, ending: &dyn Fn(&str) -> bool) -> bool {
    reachable(text, word).into_iter().any(|at| ending(&text[at..]))
}

/// Every place of `text` that whole words lead to from its beginning.
fn reachable(text: &str, word: &dyn Fn(&str) -> bool) -> Vec<usize> {
    /// Longest run that is looked at: nobody writes longer compounds.
    const BYTES_MAX: usize = 90;
    let ends: Vec<usize> = text
        .char_indices()
        .map(|(at, _)| at)
        .chain([text.len()])
        .take_while(|at| *at <= BYTES_MAX)
        .collect();
    let mut reached = vec![0];
    for (i, &from) in ends.iter().enumerate() {
        if !reached.contains(&from) {
            continue;
        }
        for &to in &ends[i + 1..] {
            let piece = &text[from..to];
            // サーバーエラー: the long vowel inside a compound is not dropped.
            let bare = piece.strip_suffix('ー').unwrap_or(piece);
            if !reached.contains(&to) && (word(piece) || (bare != piece && word(bare))) {
                reached.push(to);
            }
        }
    }
    reached
}

/// Whether the whole run is known words with a border inside the term, and none around it.
fn falls_apart(run: &Run<'_>, words: &Words) -> bool {
    let whole = format!("{}{}{}", run.before, run.term, run.after);
    let (start, end) = (run.before.len(), run.before.len() + run.term.len());
    let is = |word: &str| words.has(word);
    let reached = reachable(&whole, &is);
    // A term of two words has a border of its own: 영구 해결.
    let any = |word: &str| words.left.contains(word) || words.right.contains(word);
    let own = |at: usize| any(&whole[start..at]) && any(&whole[at..end]);
    let apart =
        |at: usize| start < at && at < end && !own(at) && splits(&whole[at..], &is, run.ending);
    reached.into_iter().any(apart)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(before: &str, term: &str, after: &str) -> Fit {
        let known = |word: &str| matches!(word, "서버" | "장애" | "サーバ");
        let ending = |rest: &str| matches!(rest, "" | "로" | "가" | "에");
        let run = Run { before, term, after, known: &known, ending: &ending };
        match term.chars().next().unwrap_or(' ') {
            '가'..='힣' => korean(&run),
            'ァ'..='ヿ' => katakana(&run),
            _ => japanese(&run),
        }
    }

    #[test]
    fn letters_cut_out_of_known_words_are_no_shield() {
        for (before, letters, expected) in
            [("장비", 1, true), ("업무", 1, true), ("무", 1, false), ("신체", 1, false)]
        {
            assert_eq!(cuts_before(before, letters), expected, "{before}");
        }
        for (after, letters, expected) in [
            ("인프라", 1, true),
            ("인프라에서", 1, true),
            ("도구", 1, true),
            ("도구를", 1, true),
            ("인", 1, false),
            ("인이", 1, false),
            ("인사업", 1, false),
            ("인정보", 1, false),
            ("인지원", 1, false),
            ("도", 1, false),
            ("도중", 1, true),
            ("물", 1, false),
        ] {
            assert_eq!(cuts_after(after, letters), expected, "{after}");
        }
    }

    #[test]
    fn compounds() {
        for (before, term, after, expected) in [
            ("서버", "장애", "로", Fit::Sure),
            ("결제서버", "장애", "복구시간", Fit::Sure),
            ("", "장애", "시", Fit::Sure),
            ("섭식", "장애", "", Fit::Open),
            ("", "장애", "학", Fit::Open),
            ("무", "장애", "", Fit::None),
            ("확", "장애", "", Fit::None),
            ("", "영구해결", "뿐이고개", Fit::Open),
            ("", "応答時間", "全般", Fit::Sure),
            ("첫", "장애", "", Fit::Open),
            ("재", "장애", "", Fit::Open),
            ("山", "障害", "", Fit::None),
            ("仮", "障害", "", Fit::Open),
            ("회", "계정", "보", Fit::None),
            ("회", "계정", "보가", Fit::None),
            ("大規模", "障害", "発生", Fit::Sure),
            ("摂食", "障害", "", Fit::Open),
            ("無", "障害", "", Fit::None),
            ("国", "会計", "画", Fit::None),
            ("アプリケーション", "サーバ", "", Fit::Sure),
            ("", "サーバ", "ーエラ", Fit::Sure),
            ("パス", "ワード", "", Fit::None),
            ("オーディット", "サーバ", "", Fit::Open),
            ("オブ", "サーバ", "", Fit::None),
            ("アクセス", "ログ", "", Fit::Sure),
            ("プロ", "グラム", "", Fit::None),
        ] {
            assert_eq!(of(before, term, after), expected, "{before}{term}{after}");
        }
    }
}
