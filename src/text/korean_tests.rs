use super::*;

#[test]
fn particles_stack() {
    for rest in ["가", "에서는", "까지도", "들이", "로부터의", "만", "으로는"] {
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
    for (run, length) in
        [("서버에서", 2), ("장애", 2), ("커넥션이", 3), ("풀이", 2), ("풀", 1), ("끊겼습니다", 2)]
    {
        let run: Vec<char> = run.chars().collect();
        assert_eq!(stem_length(&run), length, "{run:?}");
    }
}
