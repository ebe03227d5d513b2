"""The few words that the site looks for in a lesson or puts on its page, in each language, and those of its theme.

Read alt.py next.
"""

import re

from minifcn.course.languages import translated

WORDS = {
    "en": {
        "prediction": "**What do you expect?**",  # what follows is not shown unasked
        "expected": "What you should see",
        "solution": "A solution",
        "verdict": "What a right answer gets",
        "colab": "Open in Colab",
        "install": "and run this first",
        "download": "Download the notebook",
        "other": "한국어",
    },
    "ko": {
        "prediction": "**예상해 봅시다.**",
        "expected": translated("What you should see", "ko"),
        "solution": "풀이",
        "verdict": "맞은 답이 받는 결과",
        "colab": "Colab에서 열기",
        "install": "먼저 실행할 셀",
        "download": "노트북 내려받기",
        "other": "English",
    },
}

THEME = {  # what furo, Sphinx and the navigation say in English
    "ko": {
        "Learn": "배우기",
        "Use": "사용하기",
        "Teach and contribute": "가르치기와 기여하기",
        "Search": "검색",
        "Index": "색인",
        "Menu": "메뉴",
        "Contents": "목차",
        "Expand": "펼치기",
        "Skip to content": "본문으로 건너뛰기",
        "On this page": "이 페이지의 목차",
        "Back to top": "맨 위로",
        "Next": "다음",
        "Previous": "이전",
        "Light mode": "밝은 화면",
        "Dark mode": "어두운 화면",
        "Auto light/dark, in light mode": "자동: 지금은 밝은 화면",
        "Auto light/dark, in dark mode": "자동: 지금은 어두운 화면",
        "Toggle Light / Dark / Auto color theme": "화면 밝기 바꾸기: 밝게, 어둡게, 자동",
        "Toggle site navigation sidebar": "사이트 메뉴 열고 닫기",
        "Toggle table of contents sidebar": "목차 열고 닫기",
        "Toggle hidden content": "숨은 내용 열고 닫기",
        "Link to this heading": "이 제목으로 가는 링크",
    }
}


def with_theme_in(language, html):
    """A page whose theme speaks a language: its texts outside the article, and its attributes everywhere."""
    words = THEME[language]
    known = "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
    shown = re.compile(rf"(?<=>)(\s*)({known})(?=\s*<)")
    spoken = re.compile(rf'(\b(?:title|placeholder|aria-label)=")({known})(?=")')

    def translate(found):
        return found[1] + words[found[2]]

    before, article, rest = html.partition("<article")
    inside, end, after = rest.partition("</article>")
    parts = [shown.sub(translate, before), article, inside, end, shown.sub(translate, after)]
    return spoken.sub(translate, "".join(parts))
