//! As much Korean as matching needs: particles, endings, and when 인 is a verb.

use std::sync::LazyLock;

use crate::text::script::Script;

/// Particles (josa), and the plural, that can follow a noun; they stack (까지도, 에서는).
const JOSA: &[&str] = &[
    "들",
    "이",
    "가",
    "은",
    "는",
    "을",
    "를",
    "의",
    "에",
    "에서",
    "에게",
    "께",
    "께서",
    "한테",
    "로",
    "으로",
    "로서",
    "으로서",
    "로써",
    "으로써",
    "와",
    "과",
    "랑",
    "이랑",
    "하고",
    "도",
    "만",
    "까지",
    "부터",
    "마다",
    "조차",
    "마저",
    "밖에",
    "처럼",
    "같이",
    "보다",
    "대로",
    "만큼",
    "뿐",
    "나",
    "이나",
    "든지",
    "이든지",
    "라도",
    "이라도",
    "란",
    "이란",
    "라는",
    "이라는",
    "라고",
    "이라고",
    "요",
    "이요",
    "야",
    "며",
    "이며",
];

/// Particles that a query need not know: rarer ones, contractions, and what stands on the copula.
const MORE_JOSA: &[&str] = &[
    "에게서",
    "한테서",
    "에다",
    "에다가",
    "엔",
    "에선",
    "에겐",
    "론",
    "으론",
    "로는",
    "커녕",
    "은커녕",
    "는커녕",
    "이라면",
    "라면",
    "이라서",
    "라서",
    "이라며",
    "라며",
    "이라든지",
    "라든지",
    "이라든가",
    "라든가",
    "이야말로",
    "야말로",
    "치고",
    "치고는",
    "이든",
    "이든가",
    "든가",
    "이거나",
    "거나",
    "라도",
    "에서의",
    "에서도",
    "로부터",
    "으로부터",
    "뿐만",
    "뿐이",
    "뿐이다",
    "만이",
    "이자",
    "께서는",
    "더러",
    "이라곤",
    "라곤",
    "이란",
    "씩",
    "째",
    "끼리",
    "마냥",
    "일랑",
    "나마",
    "이나마",
    "라야",
    "이라야",
    "라니",
    "이라니",
    "라기",
    "이라기",
    "이기",
    "이기에",
    "라기에",
    "라길래",
    "이라길래",
    "에서야",
    "에야",
    "로라도",
    "으로라도",
    "이라니까",
    "라니까",
    "이라든",
    "라든",
    "임",
    "임에도",
    "인즉",
    "였음",
    "이었음",
    "이네",
    "서부터",
    "란게",
    "이란게",
    "란건",
    "이란건",
    "라는게",
    "이라는게",
    "라는건",
    "이라는건",
    "라던",
    "이라던",
];

/// What the copula leaves after a vowel: 장애다, 장애고, 장애지만.
const BARE_COPULA: &str = "
    다 다고 다만 다가 다면 다는 긴 십니다 십니까 던가 지
    겠지 겠다 겠네 겠지만 겠습니다 겠는데
    고 고요 면 면서 지만 지요 죠 니 니까 네 네요 냐 냐고 냐는 던 던데 든 라 라고
    라는 라면 라서 라며 라니 라지만 래 래요 랍니다 려면 ㄴ데 ㄴ지 군 군요 거든 거든요 더라 더라도 므로 자 자마자 였
    여서 여도 여야 에요 라면서 라던데 라는데 라거나 라니까 라니 라더니 라던가 라네요 라죠 라지요 라기 라기보다
    라기보다는 라기엔 라기에는 랬다 랬는데 랬어요 구나 로군 로구나 거나 시다 신데 건 건만 여 기에 기는 기도 기보다
    기보다는 기만 기까지
";

/// Beginnings of verbs that stand right after a noun, beside 하다 and 되다: 시키다, 받다, 당하다, 나다,
/// 없다 and the like.
const VERBS: &str = "
    시키 시켰 시킨 시킬 시켜 시킴 시킵 받았 받은 받는 받을 받아 받고 받지 받음 받습 받기 받다 받던 받으 받자
    당하 당했 당한 당할 당해 당함 당합 드리 드렸 드린 드릴 드려 드립 났 나서 나면 나고 난다 난다고 나지 납니다
    나다 나자 나기 나는 나니 나며 나던 냈 내서 내면 내다 내고 내기 내는 내지 내자 낸다 냅니다 못하 못했 못한
    못해 못할 못함 없이 없는 없다 없음 없었 없고 없어 없으 없던 없도 없지 없애 없앴 있는 있다 있었 있을 있어
    있고 있으 있음 있던 있지 있습 같은 같다 같습 같아 같았 같지 답게 답지 답다 다운 다웠 스럽 스러 스레
";

/// What is left of a verb where it stands before a noun as a whole: 장애난 서버, 사고 낸 배포.
const WHOLE_VERBS: [&str; 4] = ["난", "날", "낸", "낼"];

/// Particles after which the copula may stand: 장애뿐이었다, 서버들입니다, 오늘부터다.
const BEFORE_COPULA: [&str; 6] = ["뿐", "들", "까지", "부터", "만", "때문"];

/// The copula before nouns that never stand alone: 장애일 수도 있다, 점검인 경우에는.
const BEFORE_BOUND_NOUNS: [(&str, &str); 2] = [
    ("일 ", "때 수 뿐 경우 것 거 건 가능성 확률 리 만큼 텐데 듯 줄 바에 바엔"),
    ("인 ", "경우 상황 상태 이상 반면 만큼 동안 이유 시점"),
];

/// First syllables of the light verbs 하다 and 되다.
const LIGHT_VERBS: &str = "하했한할함해합되됐된될됨돼됩";

/// Beginnings of the copula 이다 after a noun.
const COPULA: &[&str] = &[
    "이다",
    "이었",
    "이고",
    "이면",
    "이지",
    "이니",
    "이므",
    "이어",
    "이에요",
    "이네",
    "이야",
    "입니",
    "였",
    "예요",
    "일까",
    "일때",
    "일수",
    "임을",
    "임이",
    "임은",
    "임에",
    "이던",
    "이든",
    "이자",
    "이라",
    "이랍",
    "이래",
    "이냐",
    "이거",
    "이겠",
    "이더",
    "이신",
    "이군",
    "일지",
    "일때",
    "일뿐",
    "인듯",
    "인것",
];

/// Endings of predicates that carry no meaning of their own in a query.
const ENDINGS: &[&str] = &[
    "습니다",
    "했습니다",
    "됐습니다",
    "합니다",
    "됩니다",
    "입니다",
    "했다",
    "한다",
    "된다",
    "됐다",
    "하는",
    "되는",
    "해서",
    "돼서",
    "하고",
    "되고",
    "인가요",
    "나요",
    "어요",
    "아요",
    "해요",
    "네요",
    "하지",
    "되지",
    "않음",
    "했는데",
    "하면",
    "되면",
];

/// Particles of case and topic, after which no other stands: 도를 is no ending, but 재시도를 is
/// 재시도 and 를. Only 요 and 커녕 follow them.
const CLOSING: [&str; 7] = ["도", "은", "는", "을", "를", "이", "가"];

/// Whether `rest` is nothing but particles (at most three).
pub fn is_josa(rest: &str) -> bool {
    fn stacked(rest: &str, depth: usize) -> bool {
        depth > 0
            && JOSA.iter().any(|josa| {
                let after = |r: &str| match CLOSING.contains(josa) {
                    true => matches!(r, "요" | "커녕"),
                    false => stacked(r, depth - 1),
                };
                rest.strip_prefix(josa).is_some_and(|r| r.is_empty() || after(r))
            })
    }
    stacked(rest, 3)
}

/// Whether `rest` is empty or nothing but particles.
pub fn is_josa_or_nothing(rest: &str) -> bool {
    rest.is_empty() || is_josa(rest)
}

/// Whether a Hangul word may end before `following`: the Hangul that touches it is nothing,
/// stacked particles, a light verb or the copula.
pub fn ends_before(following: &str) -> bool {
    let rest = leading_hangul(following);
    is_josa_or_nothing(rest)
        || rest.chars().next().is_some_and(|c| LIGHT_VERBS.contains(c))
        || COPULA.iter().any(|copula| rest.starts_with(copula))
        || begins_with_verb(rest)
        || WHOLE_VERBS.contains(&rest)
        || rest.strip_prefix('이').is_some_and(is_bare_copula)
        || BEFORE_COPULA.iter().any(|josa| rest.strip_prefix(josa).is_some_and(is_copula))
        || following.strip_prefix('인').is_some_and(copula_goes_on)
        || BEFORE_BOUND_NOUNS.iter().any(|(verb, nouns)| {
            let rest = following.strip_prefix(verb);
            rest.is_some_and(|rest| nouns.split_whitespace().any(|noun| rest.starts_with(noun)))
        })
}

/// As [`ends_before`], for a word whose last letter is `stem`: after a vowel the copula may be
/// gone (장애다, 장애지만).
pub fn ends_after(stem: Option<char>, following: &str) -> bool {
    let rest = leading_hangul(following);
    ends_before(following)
        || is_rarer_josa(rest)
        || JOSA.iter().any(|josa| rest.strip_prefix(josa).is_some_and(is_rarer_josa))
        || (stem.and_then(has_final) == Some(false) && is_bare_copula(rest))
}

/// Whether `rest` is one of the rarer particles, with others behind it or none.
fn is_rarer_josa(rest: &str) -> bool {
    MORE_JOSA.iter().any(|josa| rest.strip_prefix(josa).is_some_and(is_josa_or_nothing))
}

/// Whether `rest` is the copula with its ending: 이었다, 입니다, 인데; 다 after 부터.
fn is_copula(rest: &str) -> bool {
    COPULA.iter().any(|copula| rest.starts_with(copula))
        || rest.strip_prefix('이').is_some_and(is_bare_copula)
        || rest.strip_prefix('인').is_some_and(copula_goes_on)
        || rest == "다"
}

fn is_bare_copula(rest: &str) -> bool {
    static FORMS: LazyLock<Vec<&str>> = LazyLock::new(|| {
        let mut forms: Vec<&str> = BARE_COPULA.split_whitespace().collect();
        forms.sort_unstable();
        forms
    });
    FORMS.binary_search(&rest).is_ok()
}

fn begins_with_verb(rest: &str) -> bool {
    static SORTED: LazyLock<Vec<&str>> = LazyLock::new(|| {
        let mut verbs: Vec<&str> = VERBS.split_whitespace().collect();
        verbs.sort_unstable();
        verbs
    });
    // What `rest` begins with sorts before it, among those with the same first syllable.
    let Some(first) = rest.chars().next() else { return false };
    let end = SORTED.partition_point(|verb| *verb <= rest);
    SORTED[..end]
        .iter()
        .rev()
        .take_while(|verb| verb.starts_with(first))
        .any(|verb| rest.starts_with(verb))
}

fn leading_hangul(text: &str) -> &str {
    let end = text.find(|c| Script::of(c) != Script::Hangul).unwrap_or(text.len());
    &text[..end]
}

/// How many characters of a Hangul run stay when its particles or its ending are taken off; at
/// least two, or all.
pub fn stem_length(run: &[char]) -> usize {
    for length in 2..run.len() {
        let rest: String = run[length..].iter().collect();
        if is_josa(&rest) || ENDINGS.contains(&rest.as_str()) {
            return length;
        }
    }
    run.len()
}

/// Whether a syllable ends in a consonant; `None` outside Hangul syllables.
fn has_final(c: char) -> Option<bool> {
    ('\u{AC00}'..='\u{D7A3}').contains(&c).then(|| !(u32::from(c) - 0xAC00).is_multiple_of(28))
}

/// Whether `josa` is a particle of one syllable that can stand after `stem`.
///
/// Korean chooses by the final consonant: 장애가, 장애인이. So 장애인가 is 장애 + 인가.
pub fn is_particle_of(stem: &str, josa: &str) -> bool {
    let Some(closed) = stem.chars().next_back().and_then(has_final) else {
        return false;
    };
    match josa {
        "도" | "만" | "의" | "에" | "요" => true,
        "이" | "은" | "을" | "과" => closed,
        "가" | "는" | "를" | "와" | "나" | "야" | "며" | "란" | "랑" | "로" => !closed,
        _ => false,
    }
}

/// Whether 인 before `rest` is the copula (장애인가, 장애인지, 장애인 걸) and not the noun 인,
/// a person. `rest` has a space where the text has one.
pub fn copula_goes_on(rest: &str) -> bool {
    const GLUED: &[&str] = &[
        "가",
        "가요",
        "가를",
        "가는",
        "가의",
        "가에",
        "가보다",
        "가봐",
        "가봐요",
        "가봅니다",
        "지",
        "지는",
        "지를",
        "지의",
        "지에",
        "지가",
        "지요",
        "지라",
        "지만",
        "지부터",
        "데",
        "데요",
        "데도",
        "데다",
        "데다가",
        "걸",
        "걸요",
        "걸까",
        "걸까요",
        "걸로",
        "게",
        "줄",
        "줄은",
        "줄도",
        "줄로",
        "줄만",
        "줄을",
        "양",
    ];
    const SPACED: &[&str] = &[
        "가",
        "지",
        "데",
        "걸",
        "걸요",
        "걸까",
        "걸까요",
        "걸로",
        "게",
        "줄",
        "줄은",
        "줄도",
        "줄로",
        "줄만",
        "줄을",
    ];
    const OPEN: &[&str] = &[
        "채로", "듯", "것", "거야", "거죠", "거지", "거예", "거같", "거라", "거는", "거면", "거냐",
        "거니", "거고", "거 ", "건가", "건지", "건데", "셈", "모양",
    ];
    let spaced = rest.starts_with(' ');
    let rest = rest.trim_start_matches(' ');
    let word = leading_hangul(rest);
    if let Some(after) = rest.strip_prefix("지도") {
        // 장애인지도 모른다 (it may be an outage); 장애인지도자 (a guide) and 장애인 지도 are nouns.
        return !spaced && [" 모", " 몰", " 알"].iter().any(|verb| after.starts_with(verb));
    }
    let whole = if spaced { SPACED } else { GLUED };
    whole.contains(&word) || OPEN.iter().any(|ending| rest.starts_with(ending))
}

/// Whether the text after a particle goes on with a predicate: 배치도 멈췄다 (the batch stopped
/// too), and not 배치도 첨부 (floor plan attached). `rest` begins with the space.
pub fn predicate_follows(rest: &str) -> bool {
    const ADVERBS: &[&str] =
        &["안", "못", "같이", "함께", "다시", "또", "역시", "모두", "전부", "계속", "아직", "곧"];
    const ENDS: &str = "다요고며서면지니까네음됨함죠냐";
    let Some(rest) = rest.strip_prefix(' ') else {
        return false;
    };
    let word = leading_hangul(rest);
    ADVERBS.contains(&word)
        || (word.chars().count() > 1 && word.chars().next_back().is_some_and(|c| ENDS.contains(c)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn particles_stack() {
        for rest in ["가", "에서는", "까지도", "들이", "로부터의", "만", "으로는"]
        {
            assert!(is_josa(rest), "{rest}");
        }
        for rest in ["", "인", "물", "율", "등급", "가족"] {
            assert!(!is_josa(rest), "{rest}");
        }
    }

    #[test]
    fn words_end_before_particles_and_light_verbs() {
        for rest in
            ["", "가", "였다", "입니다", "인가", "인지", "하면", "됐다", "인데", "인 걸?", " 인"]
        {
            assert!(ends_before(rest), "{rest}");
        }
        for rest in ["인", "물", "등급", "시간", "인가족", "인지원"] {
            assert!(!ends_before(rest), "{rest}");
        }
    }

    #[test]
    fn words_end_before_what_the_copula_leaves() {
        for (stem, rest) in [
            ('애', "다"),
            ('애', "지만"),
            ('애', "라서"),
            ('책', "이라면"),
            ('애', "에선"),
            ('애', "엔"),
            ('애', "긴"),
            ('책', "이긴"),
            ('책', "대로라면"),
            ('책', "뿐이었다"),
            ('책', "뿐이라서"),
            ('책', "들입니다"),
            ('책', "부터다"),
            ('책', "이란게"),
            ('애', "난"),
            ('애', "받으면"),
            ('애', "없어서"),
            ('애', "시킵니다"),
        ] {
            assert!(ends_after(Some(stem), rest), "{stem}{rest}");
        }
        for (stem, rest) in [
            ('책', "다"),
            ('애', "다발"),
            ('애', "고리"),
            ('애', "학"),
            ('애', "난민"),
            ('애', "들국화"),
            ('책', "받침"),
        ] {
            assert!(!ends_after(Some(stem), rest), "{stem}{rest}");
        }
    }

    #[test]
    fn copula_or_person() {
        let copula = [
            "가?",
            "가요",
            "지 확인",
            "데 왜",
            " 걸?",
            "걸까",
            "지도 모른다",
            " 것 같다",
            "듯하다",
            " 줄 알았다",
            "지를 본다",
            " 건가",
        ];
        for rest in copula {
            assert!(copula_goes_on(rest), "{rest}");
        }
        let person = [
            "",
            "이",
            " 주차구역",
            "가족",
            "가구",
            "지원",
            "지원센터",
            " 지원",
            "지도자",
            " 지도",
            "데이터",
            " 건강검진",
            " 거주",
            " 게시판",
            "에게",
            "은",
            "만",
        ];
        for rest in person {
            assert!(!copula_goes_on(rest), "{rest}");
        }
    }

    #[test]
    fn particles_agree_with_the_final_consonant() {
        assert!(is_particle_of("배치", "도"));
        assert!(is_particle_of("장애", "가"));
        assert!(!is_particle_of("장애", "이"));
        assert!(!is_particle_of("장애", "인"));
        assert!(!is_particle_of("障害", "가"));
    }

    #[test]
    fn stems() {
        for (run, length) in [
            ("서버에서", 2),
            ("장애", 2),
            ("커넥션이", 3),
            ("풀이", 2),
            ("풀", 1),
            ("끊겼습니다", 2),
        ] {
            let run: Vec<char> = run.chars().collect();
            assert_eq!(stem_length(&run), length, "{run:?}");
        }
    }
}
