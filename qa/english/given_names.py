"""Given names, in lower case without accents, that are those of one sex wherever they are common."""

from __future__ import annotations

MEN = set(
    "aaron abdul abdullah adam adrian ahmed alan alastair albert alberto alejandro alexander alfonso alfred ali "
    "anders andrei andrew anthony antoine antonio arnold arthur axel barack bashar benito benjamin bernard bill "
    "björn bogdan boris brad brandon brett brian bruce calvin carl carlos cesar charles charlie chris "
    "christopher clarence claude clive colin conrad craig curtis damian dan daniel danny darren david denis "
    "dennis derek diego dieter dirk dmitri donald donnie douglas duncan dylan eduardo edward edwin elias elijah "
    "elliot emil emmanuel enrique eric erik ernesto ernst eugene evan fabian felipe felix fernando florian "
    "francisco frank françois fred frederick frederik friedrich fritz gabriel gareth gary gavin geoffrey george "
    "gerald gerard gilbert giorgio giovanni giuseppe glenn goran gordon graham greg gregory guillermo gustav "
    "gustavo hans harold harry harvey hassan hector helmut henry herbert hermann horst howard hugh hugo ian "
    "ibrahim igor isaac ivan jack jacob jacques jake james jason javier jeff jeffrey jens jeremy jerome jim "
    "jimmy joaquin joe joel johan johannes john jonas jonathan jorge jorgen jose josef joseph joshua josé juan "
    "julian julio julius jürgen karl keith ken kenneth kevin khalid klaus kurt larry lars laurent lawrence leo "
    "leon leonard leonardo leopold lionel lorenzo louis luca lucas luigi luis lukas magnus manuel marcel marco "
    "marcus mario mark martin mats matt matteo matthew maurice mauricio maximilian mehmet michael miguel mikhail "
    "milan miles mohamed mohammad mohammed morten muhammad mustafa nathan neil nicholas nick nicolas nigel "
    "nikolai norman olaf oleg oliver olivier omar oscar oskar otto owen pablo pascal patrice patrick paul pavel "
    "pedro percy pete peter petr philip philippe pierre piotr quentin rafael ralph ramon raul raymond reinhard "
    "rené ricardo richard rick robert roberto rodrigo roger roland rolf ron ronald ross rudolf rupert russell "
    "ryan sam samuel scott sean sebastian serge sergei sergio seth shane silvio simon stanislav stanley stefan "
    "stephen steve steven stewart stuart sven ted terry theo theodore thomas tim timothy todd tom tomas tommy "
    "tony trevor tyler ulrich vernon victor viktor vincent vladimir walter wayne werner wilhelm william winston "
    "wolfgang xavier yuri yusuf zachary zoran".split()
)
WOMEN = set(
    "abigail ada adele agatha agnes aisha alexandra alice alina alison allison amanda amy angela angelina anita "
    "anja ann anna anne annette annika antonia ashley astrid audrey barbara beatrice beatriz berta beth betty "
    "bianca bonnie brenda bridget brigitte britta camilla candace carla carmen carol caroline catherine cecilia "
    "celia charlotte chiara chloe christina christine cindy claire clara claudia claudine concepción cora "
    "cynthia daniela daphne deborah debra denise diana dolores doris dorothy edith eileen elaine eleanor elena "
    "elisa elise eliza elizabeth ella ellen elsa emily emma erica erika esther eugenia eva evelyn fatima fiona "
    "florence frances francesca franziska frida gabriela geraldine gertrud gisela giulia greta gudrun gwen hanna "
    "hannah harriet heather heidi helen helena helene helga hilary hilda hillary ida ilse ines inge ingeborg "
    "ingrid irene irina isabel isabella ivana jacqueline jana jane janet janice jeanne jennifer jessica jill "
    "joan joanna joanne johanna josephine joyce judith judy julia julie juliet karen karin karla kate katherine "
    "kathleen kathryn katie katja kirsten kristin kristina lara larissa laura leila lena leonora lily linda lisa "
    "lorena lorraine louise lucia lucie lucy lydia lynn madeleine magdalena maggie margaret margarita margot "
    "maria mariana marianne marie marina marlene martha martina mary mathilde maud maureen megan melanie melissa "
    "michaela michelle mildred miranda miriam molly mona monica monika nadia nadine nancy naomi natalia natasha "
    "nicole nina nora norma olga olivia ophelia pamela patricia patty paula pauline penelope petra phyllis polly "
    "priscilla rachel ramona rebecca renate rhonda rita roberta rosa rosalind rosemary ruth sabine sally "
    "samantha sandra sara sarah shannon sharon sheila shirley sigrid silvia simone sofia sonia sophia sophie "
    "stephanie susan susanna susanne suzanne svetlana sylvia tamara tania tanja tatiana teresa tess theresa tina "
    "ulrike ursula valentina vanessa vera veronica victoria virginia vivian wanda wendy yolanda yvonne zoe".split()
)
