package directives

import "database/sql"

//txlint:file-ignore earlyreturn a file of drafts

func draftOK(db *sql.DB) {
	db.Begin()
}

func secondDraftOK(db *sql.DB) {
	db.Begin()
}

//txlint:file-ignore txdone a file of drafts // want "//txlint:file-ignore holds back nothing of txdone"
