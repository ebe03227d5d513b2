"""The few words that the site looks for in a lesson or puts on its page, in each language. Read alt.py next."""

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
        "expected": "나와야 하는 결과",
        "solution": "풀이",
        "verdict": "맞은 답이 받는 결과",
        "colab": "Colab에서 열기",
        "install": "먼저 실행할 셀",
        "download": "노트북 내려받기",
        "other": "English",
    },
}
