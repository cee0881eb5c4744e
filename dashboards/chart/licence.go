package chart

// Every output names these.
const (
	Licence     = "CC BY 4.0"
	LicenceURL  = "https://creativecommons.org/licenses/by/4.0/"
	Attribution = "Counts by Vantage, CC BY 4.0. Contains public sector information licensed under the Open Government Licence v3.0."
	SampleNote  = "Sample data: these posts are made up, to show how Vantage works."
)
