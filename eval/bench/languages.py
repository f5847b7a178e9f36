"""How well a question's language is told: python -m eval.bench.languages --data DIR [--wrong]

English questions are those of the benchmark data: none of them must be taken for foreign. The foreign ones were written
by a language model for this measure, on everyday subjects, with the English names that such questions hold; no speaker
of the languages has reviewed them. A question that isn't told from its words alone loads the detector, which takes
most of a second in a new process: how many do is shown too.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from eval.intervals import wilson
from qa.languages import is_plainly_english, language_name, question_language
from qa.reader.examples import read_lines

FOREIGN = {
    "de": (
        "Wann tritt das neue Gesetz über die Mieten in Kraft?",
        "Wie hoch ist der Schaden nach dem Hochwasser in Passau?",
        "Welche Firma hat Twitter im Jahr 2022 gekauft?",
        "Wo findet die nächste Sitzung des Stadtrats statt?",
        "Hat Apple in Deutschland Steuern nachgezahlt?",
        "Gegen wen spielt Bayern München am Samstag?",
        "Was kostet ein Ticket für das Konzert von Taylor Swift?",
        "Nenne den Namen der neuen Ministerin für Verkehr.",
    ),
    "fr": (
        "Quand la nouvelle loi sur les loyers entre-t-elle en vigueur ?",
        "Quel est le montant des dégâts après les inondations ?",
        "Quelle entreprise a racheté Twitter en 2022 ?",
        "Où se tiendra la prochaine réunion du conseil municipal ?",
        "Apple a-t-elle payé des impôts en France ?",
        "Contre qui joue le Paris Saint-Germain samedi ?",
        "Combien coûte un billet pour le concert de Taylor Swift ?",
        "Est-ce que le maire a démissionné hier soir ?",
    ),
    "es": (
        "¿Cuándo entra en vigor la nueva ley de alquileres?",
        "¿A cuánto ascienden los daños tras las inundaciones?",
        "¿Qué empresa compró Twitter en 2022?",
        "¿Dónde se celebra la próxima reunión del ayuntamiento?",
        "¿Pagó Apple sus impuestos en España?",
        "¿Contra quién juega el Real Madrid el sábado?",
        "cuanto cuesta una entrada para el concierto de Taylor Swift",
        "¿Dimitió ayer el alcalde de la ciudad?",
    ),
    "it": (
        "Quando entra in vigore la nuova legge sugli affitti?",
        "A quanto ammontano i danni dopo le alluvioni?",
        "Quale azienda ha comprato Twitter nel 2022?",
        "Dove si terrà la prossima riunione del consiglio comunale?",
        "Apple ha pagato le tasse in Italia?",
        "Contro chi gioca la Juventus sabato prossimo?",
        "Quanto costa un biglietto per il concerto di Taylor Swift?",
        "Il sindaco si è dimesso ieri sera?",
    ),
    "pt": (
        "Quando entra em vigor a nova lei dos aluguéis?",
        "Qual é o valor dos prejuízos depois das enchentes?",
        "Que empresa comprou o Twitter em 2022?",
        "Onde será a próxima reunião da câmara municipal?",
        "A Apple pagou impostos no Brasil?",
        "Contra quem joga o Flamengo no sábado?",
        "Quanto custa um ingresso para o show da Taylor Swift?",
        "O prefeito renunciou ontem à noite?",
    ),
    "nl": (
        "Wanneer gaat de nieuwe huurwet in?",
        "Hoe groot is de schade na de overstromingen?",
        "Welk bedrijf heeft Twitter in 2022 gekocht?",
        "Waar is de volgende vergadering van de gemeenteraad?",
        "Heeft Apple belasting betaald in Nederland?",
        "Tegen wie speelt Ajax komende zaterdag?",
        "Wat kost een kaartje voor het concert van Taylor Swift?",
        "Is de burgemeester gisteravond opgestapt?",
    ),
    "sv": (
        "När träder den nya hyreslagen i kraft?",
        "Hur stora är skadorna efter översvämningarna?",
        "Vilket företag köpte Twitter år 2022?",
        "Var hålls nästa möte i kommunfullmäktige?",
        "Har Apple betalat skatt i Sverige?",
        "Vem möter Malmö FF på lördag?",
        "Vad kostar en biljett till konserten med Taylor Swift?",
        "Avgick borgmästaren i går kväll?",
    ),
    "pl": (
        "Kiedy wchodzi w życie nowa ustawa o czynszach?",
        "Jak duże są szkody po powodzi?",
        "Która firma kupiła Twittera w 2022 roku?",
        "Gdzie odbędzie się następne posiedzenie rady miasta?",
        "Czy Apple zapłaciło podatki w Polsce?",
        "Z kim gra Legia Warszawa w sobotę?",
        "Ile kosztuje bilet na koncert Taylor Swift?",
        "Czy burmistrz podał się wczoraj do dymisji?",
    ),
    "cs": (
        "Kdy začne platit nový zákon o nájmech?",
        "Jak velké jsou škody po povodních?",
        "Která firma koupila Twitter v roce 2022?",
        "Kde se koná příští zasedání zastupitelstva?",
        "Zaplatil Apple v Česku daně?",
        "S kým hraje Sparta Praha v sobotu?",
        "Kolik stojí lístek na koncert Taylor Swift?",
        "Odstoupil včera večer starosta města?",
    ),
    "tr": (
        "Yeni kira yasası ne zaman yürürlüğe giriyor?",
        "Sel felaketinin ardından hasar ne kadar?",
        "Twitter'ı 2022 yılında hangi şirket satın aldı?",
        "Belediye meclisinin bir sonraki toplantısı nerede yapılacak?",
        "Apple Türkiye'de vergi ödedi mi?",
        "Galatasaray cumartesi günü kiminle oynuyor?",
        "Taylor Swift konserinin bileti ne kadar?",
        "Belediye başkanı dün akşam istifa etti mi?",
    ),
    "id": (
        "Kapan undang-undang sewa yang baru mulai berlaku?",
        "Berapa besar kerugian setelah banjir itu?",
        "Perusahaan mana yang membeli Twitter pada tahun 2022?",
        "Di mana rapat dewan kota berikutnya diadakan?",
        "Apakah Apple membayar pajak di Indonesia?",
        "Siapa lawan Persija pada hari Sabtu?",
        "Berapa harga tiket konser Taylor Swift?",
        "Apakah wali kota mengundurkan diri tadi malam?",
    ),
    "fi": (
        "Milloin uusi vuokralaki tulee voimaan?",
        "Kuinka suuret ovat tulvan vahingot?",
        "Mikä yritys osti Twitterin vuonna 2022?",
        "Missä pidetään seuraava valtuuston kokous?",
        "Maksoiko Apple veroja Suomessa?",
        "Ketä vastaan HJK pelaa lauantaina?",
        "Paljonko maksaa lippu Taylor Swiftin konserttiin?",
        "Erosiko kaupunginjohtaja eilen illalla?",
    ),
    "ru": (
        "Когда вступает в силу новый закон об аренде?",
        "Какая компания купила Twitter в 2022 году?",
        "Сколько стоит билет на концерт Taylor Swift?",
        "Подал ли мэр вчера в отставку?",
    ),
    "uk": (
        "Коли набуває чинності новий закон про оренду?",
        "Яка компанія купила Twitter у 2022 році?",
        "Скільки коштує квиток на концерт Taylor Swift?",
        "Чи подав мер учора у відставку?",
    ),
    "ar": (
        "متى يدخل قانون الإيجار الجديد حيز التنفيذ؟",
        "ما الشركة التي اشترت تويتر عام 2022؟",
        "كم سعر تذكرة حفل Taylor Swift؟",
        "هل استقال رئيس البلدية مساء أمس؟",
    ),
    "zh": (
        "新的租房法什么时候生效？",
        "哪家公司在2022年收购了Twitter？",
        "泰勒·斯威夫特演唱会的门票多少钱？",
        "市长昨晚辞职了吗？",
    ),
    "ja": (
        "新しい賃貸法はいつ施行されますか？",
        "2022年にTwitterを買収した会社はどこですか？",
        "コンサートのチケットはいくらですか？",
    ),
    "ko": (
        "새 임대차법은 언제 시행됩니까?",
        "2022년에 어느 회사가 트위터를 인수했습니까?",
        "시장은 어젯밤에 사임했습니까?",
    ),
    "el": ("Πότε τίθεται σε ισχύ ο νέος νόμος για τα ενοίκια;", "Ποια εταιρεία αγόρασε το Twitter το 2022;"),
    "hi": ("नया किराया कानून कब लागू होगा?", "2022 में किस कंपनी ने ट्विटर खरीदा?"),
}  # fmt: skip
LOAD = """
import time
start = time.perf_counter()
from qa.languages import question_language
question_language({!r})
print(time.perf_counter() - start)
"""
STARTS = 5


def read_questions(data: Path) -> Iterator[str]:
    """The English questions of the benchmark data."""
    for file in [*sorted((data / "reading").glob("*.jsonl.gz")), data / "newsqa" / "questions.jsonl.gz"]:
        for record in read_lines(file):
            if question := (record.get("question") or record.get("input") or "").strip():
                yield question


def print_english(questions: Sequence[str], *, wrong: bool) -> None:
    found = [(question, question_language(question)) for question in questions]
    flagged = [pair for pair in found if pair[1] not in ("en", None)]
    loading = sum(not is_plainly_english(question) for question in questions)
    print(f"English questions taken for foreign ones    {share(len(flagged), len(questions))}")
    print(f"English questions that load the detector    {share(loading, len(questions))}")
    for question, language in flagged if wrong else ():
        print(f"    {language}  {question}")


def print_foreign(*, wrong: bool) -> None:
    cases = [(language, question) for language, questions in FOREIGN.items() for question in questions]
    found = [(language, question, question_language(question)) for language, question in cases]
    told = [case for case in found if case[2] != "en"]
    named = [case for case in found if case[0] == case[2]]
    print(f"foreign questions told from English         {share(len(told), len(cases))}")
    print(f"foreign questions given their own language  {share(len(named), len(cases))}")
    missed = Counter(language_name(language) for language, _, seen in found if seen == "en")
    print(f"taken for English: {', '.join(f'{name} {count}' for name, count in missed.most_common()) or 'none'}")
    for language, question, seen in found if wrong else ():
        if seen != language:
            print(f"    {language} -> {seen}  {question}")


def print_starts() -> None:
    """The time that telling a language adds to a new process, for a question of each kind; the best of a few."""
    for kind, question in (("plainly English", "Who opened the bridge?"), ("German", FOREIGN["de"][0])):
        program = LOAD.format(question)
        runs = [subprocess.run([sys.executable, "-c", program], capture_output=True, text=True) for _ in range(STARTS)]
        print(f"in a new process, {kind}: {min(float(run.stdout) for run in runs):.3f} s (best of {STARTS})")


def share(part: int, whole: int) -> str:
    low, high = wilson(part, whole)
    return f"{part / whole:.4f} [{low:.4f}, {high:.4f}] ({part} of {whole:,})"


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the table; 1 when the data isn't there."""
    parser = argparse.ArgumentParser(
        prog="python -m eval.bench.languages", description="Measure languages of questions."
    )
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="benchmark data (reading, newsqa)")
    parser.add_argument("--wrong", action="store_true", help="show the questions that aren't told right")
    options = parser.parse_args(arguments)
    if not (options.data / "newsqa" / "questions.jsonl.gz").is_file():
        print(f"languages: no benchmark data at {options.data}: --data takes the folder with reading and newsqa")
        return 1
    started = time.perf_counter()
    print_english(list(dict.fromkeys(read_questions(options.data))), wrong=options.wrong)
    print_foreign(wrong=options.wrong)
    print_starts()
    print(f"took {time.perf_counter() - started:.0f} s", file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
