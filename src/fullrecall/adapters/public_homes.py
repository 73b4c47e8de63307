"""Public homes of the real data sets: where each lies and what it must hold.

Row counts and column totals are facts about the data and stand here; the data itself never enters
the repository.
Where no public file of the needed shape is known, the entry names the page and what to fetch by hand.
"""

from __future__ import annotations

import msgspec
import polars as pl

TYPES = {"i": pl.Int64, "f": pl.Float64, "s": pl.String, "d": pl.Date}


class Table(msgspec.Struct, frozen=True):
    """One Parquet file: `columns` is 'name:type ...' (i whole, f float, s text, d date)."""

    file: str
    rows: int
    columns: str
    totals: dict[str, str]
    renamed: dict[str, str] = {}
    sorted_by: tuple[str, ...] = ()
    newest_first: str = ""

    @property
    def types(self) -> dict[str, pl.DataType]:
        return {
            name: TYPES[kind]() for name, _, kind in (entry.rpartition(":") for entry in self.columns.split())
        }


class Home(msgspec.Struct, frozen=True):
    """Where a data set lives. Without `url` it is fetched by hand, as `by_hand` says."""

    name: str
    title: str
    page: str
    licence: str
    tables: tuple[Table, ...]
    url: str = ""
    by_hand: str = ""
    header_row: int = 0


_TAIWAN = Home(
    name="taiwan",
    title="Default of credit card clients, Taiwan 2005 (UCI id 350)",
    page="https://archive.ics.uci.edu/dataset/350/default+of+credit+card+clients",
    licence="CC BY 4.0",
    url="https://archive.ics.uci.edu/static/public/350/default+of+credit+card+clients.zip",
    header_row=1,  # the sheet's first row says X1, X2, ...; the names stand in the second
    tables=(
        Table(
            file="taiwan_credit_card.parquet",
            rows=30_000,
            columns=(
                "ID:i LIMIT_BAL:i SEX:i EDUCATION:i MARRIAGE:i AGE:i PAY_0:i PAY_2:i PAY_3:i PAY_4:i "
                "PAY_5:i PAY_6:i BILL_AMT1:i BILL_AMT2:i BILL_AMT3:i BILL_AMT4:i BILL_AMT5:i BILL_AMT6:i "
                "PAY_AMT1:i PAY_AMT2:i PAY_AMT3:i PAY_AMT4:i PAY_AMT5:i PAY_AMT6:i "
                "default.payment.next.month:i"
            ),
            renamed={"default payment next month": "default.payment.next.month"},
            sorted_by=("ID",),
            totals={
                "ID": "450015000",
                "LIMIT_BAL": "5024529680",
                "PAY_0": "-501",
                "PAY_2": "-4013",
                "PAY_3": "-4986",
                "PAY_4": "-6620",
                "PAY_5": "-7986",
                "PAY_6": "-8733",
                "BILL_AMT1": "1536699927",
                "BILL_AMT2": "1475372255",
                "BILL_AMT3": "1410394644",
                "BILL_AMT4": "1297888469",
                "BILL_AMT5": "1209342029",
                "BILL_AMT6": "1166152812",
                "PAY_AMT1": "169907415",
                "PAY_AMT2": "177634905",
                "PAY_AMT3": "156770445",
                "PAY_AMT4": "144782306",
                "PAY_AMT5": "143981629",
                "PAY_AMT6": "156465077",
                "default.payment.next.month": "6636",
            },
        ),
    ),
)

_AUTO_ABS = Home(
    name="auto_abs",
    title="Two 2017 auto-loan pools, loan by loan and month by month (SEC ABS-EE)",
    page="https://github.com/jackson-lautier/credit-risk-convergence",
    licence="public filings; attribute Lautier, Pozdnyakov, Yan, doi 10.1093/jrsssa/qnae137",
    by_hand="no public file has this shape: make auto_abs_2017_months and auto_abs_2017_loans "
    "(CSV or Parquet) from the filings and the paper's repository",
    tables=(
        Table(
            file="auto_abs_2017_months.parquet",
            rows=108_176,
            columns=(
                "assetNumber:i sched_payment:f k:i end_balance:f principal_paid:f actual_payment:f "
                "recovery:f repo_proceeds:f month:d interest_paid:f"
            ),
            sorted_by=("assetNumber", "month"),
            totals={
                "assetNumber": "2178168905766",
                "k": "2100610",
                "sched_payment": "37945117.98",
                "end_balance": "1370799485.90",
                "principal_paid": "51666576.48",
                "actual_payment": "59453149.04",
                "recovery": "91080.93",
                "repo_proceeds": "823445.12",
                "interest_paid": "7786572.56",
            },
        ),
        Table(
            file="auto_abs_2017_loans.parquet",
            rows=3_513,
            columns=(
                "pool:s assetNumber:i originationDate:s originalLoanAmount:f originalLoanTerm:i "
                "originalInterestRatePercentage:f originalFirstPaymentDate:s loanMaturityDate:s "
                "obligorCreditScore:f paymentToIncomePercentage:f obligorGeographicLocation:s "
                "remainingTermtoMaturityNumber:i reportingPeriodEndingDate:s "
                "reportingPeriodActualEndBalanceAmount:f reportingPeriodScheduledPaymentAmount:f "
                "currentDelinquencyStatus:i initialLoanAge:i C:i D:i R:i"
            ),
            totals={
                "assetNumber": "70705248500",
                "originalLoanAmount": "73445562.84",
                "originalLoanTerm": "257545",
                "obligorCreditScore": "2511989",
                "C": "1229",
                "D": "393",
                "R": "1891",
            },
        ),
    ),
)

_CREDIT_RECORD = Home(
    name="credit_record",
    title="Card accounts by monthly status (credit_record.csv)",
    page="https://www.kaggle.com/datasets/rikdifos/credit-card-approval-prediction",
    licence="as stated on the page",
    by_hand="Kaggle asks for an account: download credit_record.csv",
    tables=(
        Table(
            file="credit_record.parquet",
            rows=1_048_575,
            columns=("ID:i MONTHS_BALANCE:i STATUS:s"),
            sorted_by=("ID", "MONTHS_BALANCE"),
            newest_first="MONTHS_BALANCE",
            totals={"ID": "5314478437752", "MONTHS_BALANCE": "-20066578"},
        ),
    ),
)

_LENDING_CLUB = Home(
    name="lending_club",
    title="Lending Club loans issued 2007 to 2011",
    page="https://github.com/kuhnrl30/LendingClubData",
    licence="MIT (R package LendingClubData)",
    by_hand="the package holds R data: in R, bind its tables of 2007 to 2011 "
    "and write lending_club_2007_2011.csv",
    tables=(
        Table(
            file="lending_club_2007_2011.parquet",
            rows=42_535,
            columns=(
                "row_id:i loan_amnt:i funded_amnt:i term:i int_rate:f installment:f grade:s sub_grade:s "
                "emp_length:s home_ownership:s annual_inc:f issue_d:d loan_status:s purpose:s "
                "addr_state:s dti:f delinq_2yrs:i earliest_cr_line:d inq_last_6mths:i open_acc:i "
                "pub_rec:i revol_bal:i revol_util:f total_acc:i total_pymnt:f total_rec_prncp:f "
                "total_rec_int:f total_rec_late_fee:f recoveries:f collection_recovery_fee:f "
                "last_pymnt_d:d last_pymnt_amnt:f"
            ),
            totals={
                "loan_amnt": "471701350",
                "funded_amnt": "460296150",
                "installment": "13722771.97",
                "total_pymnt": "511238991.16",
                "recoveries": "4341987.55",
            },
        ),
    ),
)

HOMES: dict[str, Home] = {home.name: home for home in (_TAIWAN, _AUTO_ABS, _CREDIT_RECORD, _LENDING_CLUB)}
