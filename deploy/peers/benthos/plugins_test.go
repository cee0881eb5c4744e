package benthos

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/nats-io/nats.go"
	"github.com/redpanda-data/benthos/v4/public/bloblang"
	"github.com/redpanda-data/benthos/v4/public/service"

	"vantage/pipeline/stream"
)

// input is a push consumer with a queue and a durable name. Connect can also
// pull, but then fetches one message at a time.
type input struct {
	nc  *nats.Conn
	sub *nats.Subscription
}

func (in *input) Connect(context.Context) error {
	js, err := in.nc.JetStream()
	if err != nil {
		return err
	}
	in.sub, err = js.QueueSubscribeSync(stream.Subjects, durable,
		nats.Durable(durable), nats.DeliverAll(), nats.ManualAck(), nats.MaxAckPending(maxAckPending))
	return err
}

func (in *input) Read(ctx context.Context) (*service.Message, service.AckFunc, error) {
	m, err := in.sub.NextMsgWithContext(ctx)
	if err != nil {
		return nil, nil, err
	}
	return service.NewMessage(m.Data), func(_ context.Context, err error) error {
		if err != nil {
			return m.Nak()
		}
		return m.Ack()
	}, nil
}

func (in *input) Close(context.Context) error { return nil } // the connection is the benchmark's

// output stores a batch in one transaction of database/sql, which clickhouse-go
// sends as one block.
type output struct {
	options *clickhouse.Options
	insert  string
	row     *bloblang.Executor // of a message, as a list of values
	db      *sql.DB
}

func (out *output) Connect(context.Context) error {
	out.db = clickhouse.OpenDB(out.options)
	return nil
}

func (out *output) WriteBatch(ctx context.Context, batch service.MessageBatch) error {
	tx, err := out.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // without effect after the commit
	insert, err := tx.PrepareContext(ctx, out.insert)
	if err != nil {
		return err
	}
	rows := batch.BloblangExecutor(out.row)
	for i := range batch {
		m, err := rows.Query(i)
		if err != nil {
			return err
		}
		row, err := m.AsStructured()
		if err != nil {
			return err
		}
		values, ok := row.([]any)
		if !ok {
			return fmt.Errorf("a row is a %T, want a list", row)
		}
		if _, err := insert.ExecContext(ctx, values...); err != nil {
			return err
		}
	}
	return tx.Commit()
}

func (out *output) Close(context.Context) error { return out.db.Close() }
