"""`sop` and `admin create` as an operator types them, against a real database."""

import io
import json
from pathlib import Path

import psycopg
import pytest

from ops import command_line
from ops.settings import REPOSITORY
from tests.servers import TestDatabase

SHIPPED = str(REPOSITORY / "sop_definitions")


class Operator:
    """Runs verbs with lines on standard input; keeps what they print."""

    def __init__(self, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.patch, self.capsys = patch, capsys

    def run(self, *arguments: str, typed: str = "") -> tuple[int, str, str]:
        self.patch.setattr("sys.stdin", io.StringIO(typed))
        code = command_line.run(list(arguments))
        said = self.capsys.readouterr()
        return code, said.out, said.err


@pytest.fixture
def operator(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Operator:
    monkeypatch.setenv("XUNJI_HOME", str(tmp_path / "home"))
    return Operator(monkeypatch, capsys)


@pytest.fixture
def installed(operator: Operator, monkeypatch: pytest.MonkeyPatch, database: TestDatabase) -> Operator:
    monkeypatch.setenv("XUNJI_DATABASE_URL", database.app_url)
    monkeypatch.setenv("XUNJI_OWNER_DATABASE_URL", database.owner_url)
    return operator


def test_the_shipped_definitions_pass_lint_and_their_cases(operator: Operator) -> None:
    code, out, _ = operator.run("sop", "lint", SHIPPED)
    assert code == 0
    assert "holds     No path books stock in without a signature on “Acceptance batch by batch” (" in out
    rows = json.loads(operator.run("sop", "lint", SHIPPED, "--json")[1])
    proofs = [row for row in rows if row["severity"] == "proof"]
    assert {row["rule"] for row in proofs} == {"holds"}
    assert all(0 < row["states"] < row["bound"] for row in proofs)
    code, out, _ = operator.run("sop", "simulate", SHIPPED, "--json")
    assert code == 0
    assert len(json.loads(out)) >= 6


def test_a_faulty_definition_is_located_and_is_status_one(operator: Operator, tmp_path: Path) -> None:
    faulty = tmp_path / "v1.yaml"
    faulty.write_text("sop: broken\nsop: twice\n", encoding="utf-8")
    code, out, _ = operator.run("sop", "lint", str(faulty))
    assert code == 1
    assert f"{faulty}:2:" in out
    code, _, err = operator.run("sop", "simulate", str(faulty))
    assert code == 1
    assert err.startswith("xunji: ")


def test_two_versions_are_compared_in_words_and_in_json(operator: Operator, tmp_path: Path) -> None:
    shipped = REPOSITORY / "sop_definitions/receiving_acceptance/v1.yaml"
    later = tmp_path / "v2.yaml"
    later.write_text(shipped.read_text(encoding="utf-8").replace("due: PT2H", "due: PT3H"), encoding="utf-8")
    assert operator.run("sop", "diff", str(shipped), str(shipped)) == (0, "no difference\n", "")
    said = operator.run("sop", "diff", str(shipped), str(later))
    assert said == (0, "Check on arrival: Deadline from 2 hours to 3 hours - medium\n", "")
    chinese = operator.run("sop", "diff", "--language", "zh", str(shipped), str(later))
    assert chinese == (0, "到货检查：时限由2小时改为3小时 - 中\n", "")
    code, out, _ = operator.run("sop", "diff", str(shipped), str(later), "--json")
    (found,) = json.loads(out)
    assert (code, found["path"], found["after"], found["risk"]) == (0, "human.due", "PT3H", "medium")


def test_comparing_what_is_no_definition_is_refused(operator: Operator, tmp_path: Path) -> None:
    faulty = tmp_path / "v1.yaml"
    faulty.write_text("sop: broken\n", encoding="utf-8")
    code, _, err = operator.run("sop", "diff", str(faulty), str(faulty))
    assert code == 1
    assert err.startswith("xunji: definition_invalid")
    assert operator.run("sop", "diff", str(faulty))[0] == 2


def test_a_missing_file_is_wrong_usage(operator: Operator) -> None:
    assert operator.run("sop", "lint", "nowhere.yaml")[0] == 2


def test_the_schema_is_json(operator: Operator) -> None:
    code, out, _ = operator.run("sop", "schema")
    assert code == 0
    assert json.loads(out)["type"] == "object"


def test_migrating_again_changes_nothing(installed: Operator) -> None:
    code, out, _ = installed.run("migrate")
    assert code == 0
    assert out.startswith("schema is at ")


def test_the_first_administrator_is_made_once_and_without_a_trace_of_the_password(
    installed: Operator, database: TestDatabase
) -> None:
    create = ("admin", "create", "--username", "chen_wei", "--name", "陈伟")
    code, out, err = installed.run(*create, typed="a quiet green door 7\n")
    assert (code, err) == (0, "")
    assert "chen_wei may log in" in out
    code, _, err = installed.run(
        "admin", "create", "--username", "b_two", "--name", "乙", typed="a quiet green door 8\n"
    )
    assert code == 1
    assert "an administrator already" in err
    with psycopg.connect(database.superuser_url.replace("+psycopg", "")) as session:
        assert session.execute("SELECT count(*) FROM person WHERE username = 'b_two'").fetchone() == (0,)
        rows = session.execute("SELECT action, audit_event::text FROM audit_event").fetchall()
    assert "create.person" in {action for action, _ in rows}
    assert not [row for row in rows if "quiet green door" in row[1]]


def test_an_installation_with_people_of_its_own_gets_no_demo_company(
    installed: Operator, tmp_path: Path
) -> None:
    create = ("admin", "create", "--username", "chen_wei", "--name", "陈伟")
    assert installed.run(*create, typed="a quiet green door 7\n")[0] == 0
    for arguments, status in ((("seed",), 1), (("seed", "--if-empty"), 0)):
        code, out, err = installed.run(*arguments)
        assert (code, out) == (status, "")
        assert "people of its own" in err
    assert not (tmp_path / "home" / "demo.json").exists()


def test_an_administrator_makes_a_key_that_is_shown_once(installed: Operator, database: TestDatabase) -> None:
    create = ("admin", "create", "--username", "chen_wei", "--name", "陈伟")
    assert installed.run(*create, typed="a quiet green door 7\n")[0] == 0
    key = ("admin", "key", "wms", "--scope", "stock.read", "--author", "chen_wei")
    code, out, _ = installed.run(*key, typed="a quiet green door 7\n")
    first = out.strip()
    assert (code, first[:3]) == (0, "xk_")
    code, out, _ = installed.run(*key, typed="a quiet green door 7\n")  # the account is there already
    assert (code, out.strip() == first) == (0, False)
    with psycopg.connect(database.superuser_url.replace("+psycopg", "")) as session:
        rows = session.execute("SELECT scopes, api_key::text FROM api_key").fetchall()
        sessions = session.execute("SELECT count(*) FROM login_session WHERE ended_at IS NULL").fetchone()
    assert [scopes for scopes, _ in rows] == [["stock.read"]] * 2
    assert not [words for _, words in rows if first[8:] in words]
    assert sessions == (0,)


def test_a_key_is_revoked_by_its_beginning_with_a_reason(installed: Operator) -> None:
    create = ("admin", "create", "--username", "chen_wei", "--name", "陈伟")
    assert installed.run(*create, typed="a quiet green door 7\n")[0] == 0
    made = ("admin", "key", "wms", "--scope", "stock.read", "--author", "chen_wei")
    prefix = installed.run(*made, typed="a quiet green door 7\n")[1].strip()[:9]
    revoke = ("admin", "key", "--revoke", prefix, "--author", "chen_wei")
    code, _, err = installed.run(*revoke, typed="a quiet green door 7\n")
    assert (code, "--reason" in err) == (2, True)
    reasoned = (*revoke, "--reason", "the WMS is replaced")
    code, out, _ = installed.run(*reasoned, typed="a quiet green door 7\n")
    assert (code, out.strip()) == (0, f"the key {prefix} is revoked")
    code, _, err = installed.run(*reasoned, typed="a quiet green door 7\n")
    assert (code, "key_revoked" in err) == (1, True)
    code, _, err = installed.run("admin", "key", "--author", "chen_wei")
    assert (code, "at least one --scope" in err) == (2, True)


def test_a_key_needs_known_scopes_and_an_administrator(installed: Operator) -> None:
    create = ("admin", "create", "--username", "chen_wei", "--name", "陈伟")
    assert installed.run(*create, typed="a quiet green door 7\n")[0] == 0
    code, _, err = installed.run("admin", "key", "wms", "--scope", "fly", "--author", "chen_wei")
    assert code == 2
    assert "there is no fly" in err
    key = ("admin", "key", "wms", "--scope", "stock.read", "--author", "chen_wei")
    code, out, err = installed.run(*key, typed="wrong\n")
    assert (code, out) == (1, "")
    assert "wrong_credentials" in err


def test_a_weak_password_makes_no_administrator(installed: Operator, database: TestDatabase) -> None:
    code, _, err = installed.run(
        "admin", "create", "--username", "chen_wei", "--name", "陈伟", typed="12345678\n"
    )
    assert code == 1
    assert err.startswith("xunji: ")
    with psycopg.connect(database.superuser_url.replace("+psycopg", "")) as session:
        assert session.execute("SELECT count(*) FROM credential").fetchone() == (0,)


def test_a_wrong_user_name_is_a_sentence(installed: Operator) -> None:
    code, _, err = installed.run(
        "admin", "create", "--username", "a b", "--name", "陈伟", typed="quiet green door 7\n"
    )
    assert code == 1
    assert err.startswith("xunji: username: ")
    assert "quiet green door" not in err


def test_loading_needs_the_authors_own_password_and_permission(installed: Operator) -> None:
    installed.run(
        "admin", "create", "--username", "chen_wei", "--name", "陈伟", typed="a quiet green door 7\n"
    )
    load = ("sop", "load", SHIPPED, "--author", "chen_wei")
    code, _, err = installed.run(*load, typed="wrong\n")
    assert code == 1
    assert "wrong_credentials" in err
    code, _, err = installed.run(*load, typed="a quiet green door 7\n")
    assert code == 1  # an administrator of people is no author of procedures
    assert "not_permitted" in err
