//! Commands with everything that they print, in `cmd/*.trycmd`. `TRYCMD=overwrite` writes down what they do.

#[test]
fn commands() {
    trycmd::TestCases::new().case("tests/cmd/*.trycmd").case("tests/cmd/*.toml");
}
