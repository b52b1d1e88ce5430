// Package mongo places orders in sessions of the MongoDB driver.
package mongo

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
)

type order struct {
	ID    string `bson:"_id"`
	Total int
}

var errEmpty = errors.New("an empty order")

func placeBad(ctx context.Context, client *mongo.Client, orders *mongo.Collection, o order) error {
	session, err := client.StartSession()
	if err != nil {
		return err
	}
	if o.Total == 0 {
		return errEmpty // want earlyreturn:"returns without finishing session begun at line \\d+"
	}
	err = mongo.WithSession(ctx, session, func(sc mongo.SessionContext) error {
		_, err := orders.InsertOne(sc, o)
		return err
	})
	session.EndSession(ctx)
	return err
}

func placeOK(ctx context.Context, client *mongo.Client, orders *mongo.Collection, o order) error {
	session, err := client.StartSession()
	if err != nil {
		return err
	}
	defer session.EndSession(ctx)
	if o.Total == 0 {
		return errEmpty
	}
	_, err = session.WithTransaction(ctx, func(sc mongo.SessionContext) (any, error) {
		return orders.InsertOne(sc, o)
	})
	return err
}

// The commit leaves the session open.
func commitBad(ctx context.Context, client *mongo.Client, orders *mongo.Collection, o order) error {
	session, err := client.StartSession()
	if err != nil {
		return err
	}
	if err := session.StartTransaction(); err != nil {
		session.EndSession(ctx)
		return err
	}
	if _, err := orders.InsertOne(mongo.NewSessionContext(ctx, session), o); err != nil {
		session.EndSession(ctx)
		return err
	}
	return session.CommitTransaction(ctx) // want earlyreturn:"returns without finishing session begun at line \\d+"
}

func commitOK(ctx context.Context, client *mongo.Client, orders *mongo.Collection, o order) error {
	session, err := client.StartSession()
	if err != nil {
		return err
	}
	defer session.EndSession(ctx)
	if err := session.StartTransaction(); err != nil {
		return err
	}
	if _, err := orders.InsertOne(mongo.NewSessionContext(ctx, session), o); err != nil {
		return errors.Join(err, session.AbortTransaction(ctx))
	}
	return session.CommitTransaction(ctx)
}

// One session serves one transaction after the other.
func twiceOK(ctx context.Context, client *mongo.Client, orders *mongo.Collection, first, second order) error {
	session, err := client.StartSession()
	if err != nil {
		return err
	}
	defer session.EndSession(ctx)
	for _, o := range []order{first, second} {
		if err := session.StartTransaction(); err != nil {
			return err
		}
		if _, err := orders.InsertOne(mongo.NewSessionContext(ctx, session), o); err != nil {
			return errors.Join(err, session.AbortTransaction(ctx))
		}
		if err := session.CommitTransaction(ctx); err != nil {
			return err
		}
	}
	return nil
}

func managedOK(ctx context.Context, client *mongo.Client, orders *mongo.Collection, o order) error {
	return client.UseSession(ctx, func(sc mongo.SessionContext) error {
		if err := sc.StartTransaction(); err != nil {
			return err
		}
		if _, err := orders.InsertOne(sc, o); err != nil {
			return errors.Join(err, sc.AbortTransaction(sc))
		}
		return sc.CommitTransaction(sc)
	})
}

func managedBad(ctx context.Context, client *mongo.Client, orders *mongo.Collection, o order) error {
	return client.UseSession(ctx, func(sc mongo.SessionContext) error {
		if _, err := orders.InsertOne(sc, o); err != nil {
			sc.EndSession(ctx) // want txowner:"rolls back sc"
			return err
		}
		return nil
	})
}

func lateBad(ctx context.Context, client *mongo.Client) error {
	session, err := client.StartSession()
	if err != nil {
		return err
	}
	if err := session.StartTransaction(); err != nil {
		session.EndSession(ctx)
		return err
	}
	session.EndSession(ctx)
	return session.CommitTransaction(ctx) // want txdone:"uses session, rolled back at line \\d+"
}

func endsLastOK(ctx context.Context, client *mongo.Client) error {
	session, err := client.StartSession()
	if err != nil {
		return err
	}
	err = session.StartTransaction()
	if err == nil {
		err = session.CommitTransaction(ctx)
	}
	session.EndSession(ctx)
	return err
}

func lentOK(ctx context.Context, session mongo.Session, orders *mongo.Collection, o order) error {
	return mongo.WithSession(ctx, session, func(sc mongo.SessionContext) error {
		_, err := orders.InsertOne(sc, o)
		return err
	})
}

func lendsOK(ctx context.Context, client *mongo.Client, orders *mongo.Collection, o order) error {
	session, err := client.StartSession()
	if err != nil {
		return err
	}
	defer session.EndSession(context.Background())
	return lentOK(ctx, session, orders, o)
}

func totalsBad(ctx context.Context, orders *mongo.Collection, ids []string) (sum int, err error) {
	for _, id := range ids {
		var o order
		if err := orders.FindOne(ctx, bson.M{"_id": id}).Decode(&o); err != nil { // want nplusone:"runs a query for each element of ids"
			return 0, err
		}
		sum += o.Total
	}
	return sum, nil
}

func totalsOK(ctx context.Context, orders *mongo.Collection, ids []string) (sum int, err error) {
	cursor, err := orders.Find(ctx, bson.M{"_id": bson.M{"$in": ids}})
	if err != nil {
		return 0, err
	}
	var found []order
	if err := cursor.All(ctx, &found); err != nil {
		return 0, err
	}
	for _, o := range found {
		sum += o.Total
	}
	return sum, nil
}

func insertBad(ctx context.Context, orders *mongo.Collection, all []order) error {
	for _, o := range all {
		if _, err := orders.InsertOne(ctx, o); err != nil { // want nplusone:"writes to the database for each element of all"
			return err
		}
	}
	return nil
}

func insertOK(ctx context.Context, orders *mongo.Collection, all []any) error {
	_, err := orders.InsertMany(ctx, all)
	return err
}
