<!--problem-->
