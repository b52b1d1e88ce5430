package p

func H59_1[T interface {
	Commit() error
	Rollback() error
}](tx T, err error) error {
	tx.Rollback()
	return tx.Commit()
}
